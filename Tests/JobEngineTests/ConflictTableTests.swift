import JobEngine
import Testing

@Suite("Which jobs exclude each other")
struct ConflictTableTests {
    /// In the order of the columns.
    static let kinds: [JobKind] = [.backup, .restoreDrill, .rescan, .retention, .gc, .verify, .prune, .audit, .pinCheck]
    /// `.` together, `v` apart in one vault, `x` apart.
    static let table: [(JobKind, String)] = [
        // backup, drill, rescan, retention, gc, verify, prune, audit, pin-check
        (.backup, "v . . . x . v . ."),
        (.restoreDrill, ". x . . . . v . ."),
        (.rescan, ". . x . . . . . ."),
        (.retention, ". . . x x . v . ."),
        (.gc, "x . . x x . v . ."),
        (.verify, ". . . . . v v . ."),
        (.prune, "v v . v v v v v ."),
        (.audit, ". . . . . . v v ."),
        (.pinCheck, ". . . . . . . . x"),
    ]
    struct Cell: Sendable, CustomTestStringConvertible {
        let one: JobKind
        let other: JobKind
        let mark: String
        var testDescription: String { "\(one.rawValue) and \(other.rawValue): \(mark)" }
    }
    static let cells = table.flatMap { row in
        zip(kinds, row.1.split(separator: " ")).map { Cell(one: row.0, other: $0, mark: String($1)) }
    }

    @Test("the table has a cell for every pair of kinds")
    func complete() {
        #expect(Self.cells.count == JobKind.allCases.count * JobKind.allCases.count)
        #expect(Set(Self.kinds) == Set(JobKind.allCases))
    }

    @Test("every cell says what the table says, both ways round, in one vault and in two", arguments: cells)
    func cell(_ cell: Cell) {
        let expected: ConflictTable.Relation = ["v": .apartInOneVault, "x": .apart][cell.mark] ?? .together
        #expect(ConflictTable.relation(cell.one, cell.other) == expected)
        #expect(ConflictTable.relation(cell.other, cell.one) == expected)
        let one = Activity(cell.one, vault: "main")
        #expect(ConflictTable.conflict(one, Activity(cell.other, vault: "main")) == (cell.mark != "."))
        #expect(ConflictTable.conflict(one, Activity(cell.other, vault: "copy")) == (cell.mark == "x"))
        #expect(ConflictTable.conflict(Activity(cell.other, vault: "copy"), one) == (cell.mark == "x"))
    }

    @Test("a backup of the database alone runs beside a full one of the same vault, and not beside its like")
    func database() {
        let full = Activity(.backup, vault: "main")
        let database = Activity(.backup, vault: "main", isDatabaseOnly: true)
        #expect(!ConflictTable.conflict(full, database))
        #expect(!ConflictTable.conflict(database, full))
        #expect(ConflictTable.conflict(database, database))
        #expect(ConflictTable.conflict(full, full))
        #expect(ConflictTable.conflict(database, Activity(.gc, vault: nil)))
        #expect(ConflictTable.conflict(database, Activity(.prune, vault: "main")))
    }
}
