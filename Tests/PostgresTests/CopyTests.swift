import LabServers
import Postgres
import Synchronization
import Testing

@Suite("COPY", .enabled(if: PostgresCluster.available(), "needs a PostgreSQL server's programs"), .timeLimit(.minutes(2)))
struct CopyTests {
    private static let awkward: [[String?]] = [
        ["1", nil, ""], ["2", "\\N", "\\."], ["3", "tab\tnewline\nreturn\rbackslash\\", "\u{8}\u{b}\u{c}\u{1}\u{7f}"],
        ["4", "grüße 🦭 e\u{301}", "'\"$1"],
    ]

    @Test("rows with every awkward value come out as they went in")
    func roundTrip() async throws {
        let connection = try await TestDatabase().connect()
        try await connection.execute("CREATE TABLE public.t (id int, a text, b text)")
        let lines = Self.awkward.flatMap { CopyText.line(of: $0) }
        #expect(try await connection.copyIn("COPY public.t FROM STDIN", lines) == 4)
        let found = try await connection.query("SELECT id, a, b FROM public.t ORDER BY id")
        #expect(found.map(\.values) == Self.awkward)
        let read = Mutex<[[String?]]>([])
        let count = try await connection.copyOut("COPY (SELECT * FROM public.t ORDER BY id) TO STDOUT") { line in
            #expect(line.last == UInt8(ascii: "\n"))
            let fields = try CopyText.fields(ofLine: line)
            read.withLock { $0.append(fields) }
        }
        #expect(count == 4 && read.withLock { $0 } == Self.awkward)
    }

    @Test("rows come in pieces of about the size asked for, cut at rows", arguments: [1, 1000, 65536, 1 << 20])
    func pieces(size: Int) async throws {
        let connection = try await TestDatabase().connect()
        try await connection.startCopyOut("COPY (SELECT g, repeat('x', g % 100) FROM generate_series(1, 5000) AS g) TO STDOUT")
        var all: [UInt8] = []
        var rows: Int64 = 0
        while let piece = try await connection.nextCopyRows(size) {
            #expect(piece.bytes.last == UInt8(ascii: "\n") && piece.bytes.count < size + 128)
            all += piece.bytes
            rows += piece.rows
        }
        let expected = (1...5000).flatMap { Array("\($0)\t\(String(repeating: "x", count: $0 % 100))\n".utf8) }
        #expect(rows == 5000 && all == expected)
        #expect(try await connection.query("SELECT 1").count == 1)
    }

    @Test("a refusal by the reader ends the COPY and leaves the connection usable")
    func readerRefuses() async throws {
        struct Refusal: Error {}
        let connection = try await TestDatabase().connect()
        let seen = Mutex(0)
        await #expect(throws: Refusal.self) {
            _ = try await connection.copyOut("COPY (SELECT generate_series(1, 100000000)) TO STDOUT") { _ in
                if seen.withLock({
                    $0 += 1; return $0
                }) == 10 {
                    throw Refusal()
                }
            }
        }
        #expect(seen.withLock { $0 } == 10)
        #expect(try await connection.query("SELECT 7").first?[0] == "7")
    }

    @Test("an error in the middle of a COPY is thrown, not taken for the end")
    func errorInTheMiddle() async throws {
        let connection = try await TestDatabase().connect()
        let error = try await postgresError {
            _ = try await connection.copyOut("COPY (SELECT 10 / (5000 - g) FROM generate_series(1, 10000) AS g) TO STDOUT") { _ in }
        }
        #expect(error.sqlstate == "22012")
        #expect(try await connection.query("SELECT 7").first?[0] == "7")
    }

    @Test("a writer that gives up leaves no row")
    func writerGivesUp() async throws {
        struct GivenUp: Error {}
        let connection = try await TestDatabase().connect()
        try await connection.execute("CREATE TABLE public.t (a text)")
        let sent = Mutex(0)
        await #expect(throws: GivenUp.self) {
            _ = try await connection.copyIn("COPY public.t FROM STDIN") {
                if sent.withLock({
                    $0 += 1; return $0
                }) > 3 {
                    throw GivenUp()
                }
                return Array("row\n".utf8)
            }
        }
        #expect(try await connection.query("SELECT count(*) FROM public.t").first?[0] == "0")
    }

    @Test("bad input is an error of the server, and pieces may be cut anywhere")
    func input() async throws {
        let connection = try await TestDatabase().connect()
        try await connection.execute("CREATE TABLE public.t (a int, b text)")
        let error = try await postgresError {
            _ = try await connection.copyIn("COPY public.t FROM STDIN", Array("1\tx\nnot a number\ty\n".utf8))
        }
        #expect(error.sqlstate == "22P02")
        let bytes = Mutex(Array((1...1000).flatMap { "\($0)\tvalue \($0)\n".utf8 })[...])
        let stored = try await connection.copyIn("COPY public.t FROM STDIN") {
            bytes.withLock { rest in
                defer { rest = rest.dropFirst(7) }
                return rest.isEmpty ? nil : Array(rest.prefix(7))
            }
        }
        #expect(stored == 1000)
        #expect(try await connection.copyIn("COPY public.t FROM STDIN", []) == 0)
        #expect(try await connection.query("SELECT sum(a), count(DISTINCT b) FROM public.t").first?.values == ["500500", "1000"])
    }

    @Test("nothing else can be sent in the middle of a COPY")
    func busy() async throws {
        let connection = try await TestDatabase().connect()
        try await connection.startCopyOut("COPY (SELECT 1) TO STDOUT")
        #expect(try await postgresError { try await connection.execute("SELECT 1") }.code == .protocolViolation)
        #expect(try await connection.nextCopyRows(100)?.rows == 1)
        #expect(try await connection.nextCopyRows(100) == nil)
        #expect(try await postgresError { _ = try await connection.nextCopyRows(100) }.code == .protocolViolation)
    }
}
