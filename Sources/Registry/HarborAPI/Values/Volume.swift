/// The file system of Harbor core's own data, which need not be that of the images.
package struct Volume: Sendable, Equatable {
    /// Bytes in all.
    package let total: Int64
    /// Bytes that are free.
    package let free: Int64

    /// Sizes in bytes.
    package init(total: Int64, free: Int64) {
        self.total = total
        self.free = free
    }

    init(_ answer: AnswerObject) throws {
        total = try answer.integer("total")
        free = try answer.integer("free")
    }
}
