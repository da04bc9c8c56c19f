internal import CLibarchive

/// The library's reader, freed with its owner.
final class ReadHandle {
    let pointer: OpaquePointer
    private var input: (any ArchiveInput)?

    init() throws(ArchiveError) {
        guard let pointer = archive_read_new() else { throw ArchiveError(.failed, "cannot allocate an archive reader") }
        self.pointer = pointer
    }

    deinit { archive_read_free(pointer) }

    /// Opens the reader over `input`, which it keeps.
    func open(_ input: some ArchiveInput) throws {
        self.input = input
        let box = InputBox(input)
        self.box = box
        // The callback's context is unretained: this object keeps it as long as the library can call.
        let answer = archive_read_open2(
            pointer, Unmanaged.passUnretained(box).toOpaque(), nil,
            { _, context, buffer in
                guard let context, let buffer else { return -1 }
                return Unmanaged<InputBox>.fromOpaque(context).takeUnretainedValue().pull(into: buffer)
            }, nil, nil)
        try checkRead(answer, "open")
    }

    private var box: InputBox?

    /// Checks the answer of a call that may have pulled input: the input's own error wins over what the library made of it.
    func checkRead(_ answer: Int32, _ operation: String, isHarmless: (String) -> Bool = { _ in false }) throws {
        if let failure = box?.failure { throw failure }
        try check(answer, pointer, "\(operation) an archive", code: .corrupt, isHarmless: isHarmless)
    }
}

/// Where a reader's bytes come from.
protocol ArchiveInput: AnyObject {
    /// The next bytes, valid until the next call; empty at the end.
    func next() throws -> UnsafeRawBufferPointer
}

/// Keeps the error that a callback met, because C cannot carry it.
private final class InputBox {
    private let input: any ArchiveInput
    private(set) var failure: (any Error)?

    init(_ input: any ArchiveInput) { self.input = input }

    func pull(into buffer: UnsafeMutablePointer<UnsafeRawPointer?>) -> Int {
        // An error is final: the library may ask again while it closes.
        guard failure == nil else { return -1 }
        do {
            let bytes = try input.next()
            buffer.pointee = bytes.baseAddress
            return bytes.count
        } catch {
            failure = error
            return -1
        }
    }
}
