internal import Postgres

/// Whole rows of one table, with their checksum.
struct TablePart: Sendable {
    let plan: TablePlan
    let bytes: [UInt8]
    let checksum: RowChecksum
    /// Who read it, and reads on.
    let reader: TableReader
}

/// The ranges that nobody has begun to read yet.
actor ReadQueue {
    private var ranges: [ReadRange]

    init(_ ranges: [ReadRange]) { self.ranges = ranges.reversed() }

    func next() -> ReadRange? { ranges.popLast() }
}

/// One connection that reads range after range of the queue.
actor TableReader {
    private let snapshot: PostgresSnapshot
    private let queue: ReadQueue
    private let partSize: Int
    private var connection: PostgresConnection?
    private var current: ReadRange?

    init(snapshot: PostgresSnapshot, queue: ReadQueue, partSize: Int) {
        self.snapshot = snapshot
        self.queue = queue
        self.partSize = partSize
    }

    /// The next part of any table, or `nil` when the queue is empty; then the connection is closed. Called once at a time.
    func nextPart() async throws -> TablePart? {
        do {
            while let range = try await currentRange() {
                if let rows = try await connection?.nextCopyRows(partSize) {
                    var checksum = RowChecksum()
                    checksum.add(lines: rows.bytes)
                    guard checksum.rows == rows.rows else {
                        throw PostgresError(.protocolViolation, "the server sent \(rows.rows) rows in \(checksum.rows) lines")
                    }
                    return TablePart(plan: range.plan, bytes: rows.bytes, checksum: checksum, reader: self)
                }
                current = nil
            }
        } catch {
            await close()
            throw error
        }
        await close()
        return nil
    }

    private func currentRange() async throws -> ReadRange? {
        if let current { return current }
        guard let range = await queue.next() else { return nil }
        let worker = try await openConnection()
        try await TableLock.take(range.plan.table.sqlName, on: worker, waiting: false)
        try await worker.startCopyOut(range.copyStatement)
        current = range
        return range
    }

    private func openConnection() async throws -> PostgresConnection {
        if let connection { return connection }
        let worker = try await snapshot.openWorker()
        connection = worker
        return worker
    }

    private func close() async {
        await connection?.close()
        connection = nil
        current = nil
    }
}
