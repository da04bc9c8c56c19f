internal import CLibarchive
internal import Glibc

/// The character set that the library sees on this thread during a call, whatever the locale of the process.
///
/// It converts names between the archive's UTF-8 and the locale's character set, and in a UTF-8 locale it also composes accents
/// (NFC) while reading: a decomposed name would come back as another file. So names are read as bytes, in the C locale, where it hands
/// out what it cannot convert unchanged, with a warning. They are written in C.UTF-8, where valid names become plain pax records; the
/// C locale would mark each of them `hdrcharset=BINARY`, which only some programs know.
enum ThreadLocale {
    case bytes, utf8

    // Immutable after their one initialisation; uselocale(3) only reads them. A null one leaves the thread's locale as it is.
    private static nonisolated(unsafe) let bytesLocale = opsd_locale_bytes()  // guard: never written again
    private static nonisolated(unsafe) let utf8Locale = opsd_locale_utf8()  // guard: never written again

    /// Runs `body` with this character set and gives the thread its own back.
    func during<Value, Failure: Error>(_ body: () throws(Failure) -> Value) throws(Failure) -> Value {
        let previous =
            switch self {
            case .bytes: uselocale(Self.bytesLocale)
            case .utf8: uselocale(Self.utf8Locale)
            }
        defer { uselocale(previous) }
        return try body()
    }
}
