internal import CLibpq

extension PostgresConnection {
    /// Sends `COPY ... TO STDOUT` and hands each row to `onRows`: its line of COPY text with the newline, valid during the call only.
    ///
    /// `onRows` runs on the connection's thread. When it throws, or when the task is cancelled, the COPY is cancelled in the server and
    /// drained, and the connection stays usable. Returns the number of rows.
    package func copyOut(_ sql: String, onRows: @Sendable (UnsafeRawBufferPointer) throws -> Void) async throws -> Int64 {
        let sql = try Self.withoutNUL(sql)
        return try await interruptible { handle in
            try beginCopyOut(sql, handle)
            var rows: Int64 = 0
            do {
                while let row = try nextRow(handle) {
                    defer { PQfreemem(row.baseAddress.map(UnsafeMutableRawPointer.init(mutating:))) }
                    try onRows(row)
                    rows += 1
                }
            } catch {
                drain(handle)
                throw error
            }
            copyState = .none
            return rows
        }
    }

    /// Begins a `COPY ... TO STDOUT`, to be read by ``nextCopyRows(_:)`` until that returns `nil`. Nothing else may be sent until then.
    package func startCopyOut(_ sql: String) async throws {
        let sql = try Self.withoutNUL(sql)
        try await interruptible { handle in try beginCopyOut(sql, handle) }
    }

    /// The next rows of the COPY under way: as many as make up `size` bytes, the last of them whole. `nil` is the end.
    ///
    /// Between two calls the server waits: that is all the back pressure there is to it. After an error the COPY is over.
    package func nextCopyRows(_ size: Int) async throws -> CopyRows? {
        try await interruptible(continuing: true) { handle in
            if copyState == .ended {
                copyState = .none
                return nil
            }
            var bytes: [UInt8] = []
            bytes.reserveCapacity(size + size / 8)
            var rows: Int64 = 0
            do {
                try Task.checkCancellation()
                while bytes.count < size, let row = try nextRow(handle) {
                    bytes.append(contentsOf: row)
                    PQfreemem(row.baseAddress.map(UnsafeMutableRawPointer.init(mutating:)))
                    rows += 1
                }
            } catch {
                drain(handle)
                throw error
            }
            guard rows == 0 else { return CopyRows(bytes: bytes, rows: rows) }
            copyState = .none
            return nil
        }
    }

    /// Sends `COPY ... FROM STDIN` and feeds it from `next` until that returns `nil`. Pieces may be cut anywhere.
    ///
    /// `next` runs on the connection's thread; when it throws, the COPY fails in the server and leaves no row. Returns the rows stored.
    package func copyIn(_ sql: String, next: @Sendable () throws -> [UInt8]?) async throws -> Int64 {
        let sql = try Self.withoutNUL(sql)
        return try await interruptible { handle in
            let result = LibpqResult(PQexec(handle.pointer, sql))
            try handle.check(result, PGRES_COPY_IN)
            var failure: (any Error)?
            do {
                while let piece = try next() { try send(piece, handle) }
                try finish(handle, refusing: nil)
            } catch {
                failure = error
                // The answer to a refusal is the error that we already have.
                try? finish(handle, refusing: "the client gave up")
            }
            let stored = try finalResult(handle, ignoringErrors: failure != nil)
            if let failure { throw failure }
            return stored
        }
    }

    /// Sends `COPY ... FROM STDIN` with all of `bytes`. Returns the rows stored.
    package func copyIn(_ sql: String, _ bytes: [UInt8]) async throws -> Int64 {
        let source = OneShot(bytes)
        return try await copyIn(sql) { source.take() }
    }

    private func beginCopyOut(_ sql: String, _ handle: LibpqHandle) throws {
        let result = LibpqResult(PQexec(handle.pointer, sql))
        try handle.check(result, PGRES_COPY_OUT)
        copyState = .streaming
    }

    /// The next line in memory that the caller frees, or `nil` at the end, when the server has confirmed the whole COPY.
    private func nextRow(_ handle: LibpqHandle) throws -> UnsafeRawBufferPointer? {
        var buffer: UnsafeMutablePointer<CChar>?
        let length = PQgetCopyData(handle.pointer, &buffer, 0)
        if length > 0 { return UnsafeRawBufferPointer(start: buffer, count: Int(length)) }
        copyState = .ended
        if length == -2 { throw PostgresError(handle.isBroken ? .connectionLost : .protocolViolation, "COPY broke: \(handle.message)") }
        _ = try finalResult(handle, ignoringErrors: false)
        return nil
    }

    /// Cancels the COPY out in the server and reads what is left of it.
    private func drain(_ handle: LibpqHandle) {
        defer { copyState = .none }
        guard copyState == .streaming else { return }
        cancelInServer()
        var buffer: UnsafeMutablePointer<CChar>?
        while PQgetCopyData(handle.pointer, &buffer, 0) > 0 { PQfreemem(buffer) }
        // The answer is our own cancellation, or the end of a COPY that was quicker.
        _ = try? finalResult(handle, ignoringErrors: true)
    }

    private func send(_ piece: [UInt8], _ handle: LibpqHandle) throws {
        let limit = 256 << 10
        try piece.withUnsafeBytes { bytes in
            var start = 0
            while start < bytes.count {
                if Task.isCancelled { throw CancellationError() }
                let slice = UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + limit, bytes.count)])
                let answer = PQputCopyData(handle.pointer, slice.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(slice.count))
                guard answer == 1 else { throw PostgresError(.connectionLost, "the connection broke during COPY: \(handle.message)") }
                start += slice.count
            }
        }
    }

    private func finish(_ handle: LibpqHandle, refusing reason: String?) throws {
        guard PQputCopyEnd(handle.pointer, reason) == 1 else {
            throw PostgresError(.connectionLost, "the connection broke at the end of COPY: \(handle.message)")
        }
    }

    /// Reads every pending result; throws the first error. Returns the number of rows copied.
    private func finalResult(_ handle: LibpqHandle, ignoringErrors: Bool) throws -> Int64 {
        var rows: Int64 = 0
        var failure: PostgresError?
        while let pointer = PQgetResult(handle.pointer) {
            let result = LibpqResult(pointer)
            if result.status == PGRES_COMMAND_OK { rows = result.affectedRows } else { failure = failure ?? handle.error(of: result) }
            // A broken connection would answer the same for ever.
            if handle.isBroken { break }
        }
        if let failure, !ignoringErrors { throw failure }
        return rows
    }
}

/// Hands out its bytes once; used on one connection's thread.
private final class OneShot: @unchecked Sendable {  // guard: `take` is called on the thread of one connection only, during one `copyIn`
    private var bytes: [UInt8]?

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func take() -> [UInt8]? {
        defer { bytes = nil }
        return bytes
    }
}
