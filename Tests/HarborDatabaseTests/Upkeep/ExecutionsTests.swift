import Foundation
import HarborDatabase
import LabServers
import Testing

@Suite(
    "Executions and schedules are told (skipped where PostgreSQL is not installed)", .enabled(if: PostgresCluster.available()),
    .timeLimit(.minutes(3)))
struct ExecutionsTests {
    private let harbor: UpkeepHarbor

    init() throws { harbor = try UpkeepHarbor() }

    @Test("executions of a vendor that have not ended come oldest first")
    func underWay() async throws {
        try harbor.sql(
            """
            INSERT INTO execution (id, vendor_type, vendor_id, status, trigger, start_time) VALUES
            (11, 'GARBAGE_COLLECTION', -1, 'Running', 'MANUAL', '2026-01-02 03:04:05.678901'), (12, 'GARBAGE_COLLECTION', NULL, 'Pending', 'MANUAL', NULL),
            (13, 'GARBAGE_COLLECTION', 1, NULL, 'MANUAL', '0001-01-01'), (14, 'GARBAGE_COLLECTION', 1, 'Success', 'MANUAL', now()),
            (15, 'GARBAGE_COLLECTION', 1, 'Error', 'MANUAL', now()), (16, 'GARBAGE_COLLECTION', 1, 'Stopped', 'MANUAL', now()),
            (17, 'SCAN_ALL', 1, 'Running', 'MANUAL', now())
            """)
        let found = try await harbor.inSnapshot { try await $0.executionsUnderWay(vendor: "GARBAGE_COLLECTION") }
        #expect(
            found == [
                ExecutionUnderWay(id: 11, vendorID: -1, status: "Running", started: UpkeepHarbor.pushed),
                ExecutionUnderWay(id: 12, vendorID: nil, status: "Pending", started: nil),
                ExecutionUnderWay(id: 13, vendorID: 1, status: "", started: nil),
            ])
    }

    @Test(
        "of the cache's address only the host is told",
        arguments: [
            ("redis://redis:6379/1", "redis:6379"), ("redis://:in-clear@redis:6379/1?idle_timeout_seconds=30", "redis:6379"),
            ("redis://user:p@ss/w?rd#@10.0.0.7:6380/1", "10.0.0.7:6380"), ("rediss://[fe80::1]:6379", "[fe80::1]:6379"),
            ("redis+sentinel://:secret@a:26379,b:26379/mymaster/1", "a:26379,b:26379"), ("redis:6379", nil), ("redis://", nil),
            ("redis://:pass word/1", nil),
        ] as [(String, String?)])
    func cacheHost(_ address: String, _ host: String?) async throws {
        for parameters in [
            "{\"trigger\":null,\"workers\":1,\"extra_attrs\":{\"redis_url_reg\":\"\(address)\",\"time_window\":2}}",
            "{\"redis_url_reg\":\"\(address)\"}",
        ] {
            try harbor.sql(
                "DELETE FROM schedule; INSERT INTO schedule (id, vendor_type, vendor_id, cron, callback_func_param) VALUES (7, 'GARBAGE_COLLECTION', -1, '0 0 2 * * *', '\(parameters)')"
            )
            let schedules = try await harbor.inSnapshot { try await $0.schedules() }
            #expect(schedules == [StoredSchedule(id: 7, vendor: "GARBAGE_COLLECTION", vendorID: -1, cron: "0 0 2 * * *", cacheHost: host)])
        }
    }

    @Test("schedules of every vendor come, whatever their parameters are")
    func schedules() async throws {
        try harbor.sql(
            """
            INSERT INTO schedule (id, vendor_type, vendor_id, cron, callback_func_param) VALUES
            (1, 'SCAN_ALL', 0, '0 0 3 * * *', '{"redis_url_reg": "redis://a/1"}'), (2, 'GARBAGE_COLLECTION', -1, '', 'no json'),
            (3, 'RETENTION', NULL, NULL, NULL), (4, 'GARBAGE_COLLECTION', -2, '0 0 0 * * 0', '[]')
            """)
        let found = try await harbor.inSnapshot { try await $0.schedules() }
        #expect(found.map(\.id) == [2, 4, 3, 1])
        #expect(found.allSatisfy { $0.cacheHost == nil })
        #expect(found.map(\.cron) == ["", "0 0 0 * * 0", "", "0 0 3 * * *"])
    }

    @Test("artifacts pushed after a moment are counted to the microsecond, those of deleted projects not")
    func pushed() async throws {
        for name in ["a", "b", "c"] { try harbor.image(name) }
        try harbor.image("d", in: "gone/app", project: 4)
        try harbor.sql(
            "UPDATE artifact SET push_time = push_time + interval '1 microsecond' WHERE digest = '\(digest("b"))'; UPDATE artifact SET push_time = NULL WHERE digest = '\(digest("c"))'"
        )
        let counts = try await harbor.inSnapshot { harbor in
            [
                try await harbor.artifactsPushed(after: nil),
                try await harbor.artifactsPushed(after: UpkeepHarbor.pushed.addingTimeInterval(-1)),
                try await harbor.artifactsPushed(after: UpkeepHarbor.pushed),
                try await harbor.artifactsPushed(after: UpkeepHarbor.pushed.addingTimeInterval(1)),
            ]
        }
        #expect(counts == [3, 2, 1, 0])
    }
}
