extension [UInt8] {
    /// `withUnsafeBytes` that keeps the error's type.
    func withRawBytes<Result>(_ body: (UnsafeRawBufferPointer) throws(AgeError) -> Result) throws(AgeError) -> Result {
        try withUnsafeBufferPointer { buffer throws(AgeError) in try body(UnsafeRawBufferPointer(buffer)) }
    }
}
