/// How a database is dumped.
package struct DumpOptions: Sendable {
    /// Connections that read data at once, 1 to 32.
    package var connections: Int
    /// Bytes of a data member, about: it is cut after the row that reaches them.
    package var partSize: Int
    /// Bytes of a table that one connection reads at a stretch: bigger tables are shared between connections.
    package var rangeSize: Int
    /// Leaves out the rows of Harbor's scan results: reports, findings, and the scan executions and tasks, all of them or none.
    package var excludingScanTables: Bool
    /// Tries a server newer than those that the dump was written for.
    package var allowNewerServer: Bool
    /// How long to wait for a table's lock before the first row is read.
    package var lockTimeout: Duration

    /// The defaults suit a Harbor database on its own host.
    package init(
        connections: Int = 2, partSize: Int = 8 << 20, rangeSize: Int = 64 << 20, excludingScanTables: Bool = false,
        allowNewerServer: Bool = false,
        lockTimeout: Duration = .seconds(60)
    ) {
        self.connections = min(max(connections, 1), 32)
        self.partSize = max(partSize, 1)
        self.rangeSize = max(rangeSize, 8192)
        self.excludingScanTables = excludingScanTables
        self.allowNewerServer = allowNewerServer
        self.lockTimeout = lockTimeout
    }
}
