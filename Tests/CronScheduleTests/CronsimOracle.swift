import Foundation
import LabServers

/// What cronsim, an independent implementation in Python, says.
enum CronsimOracle {
    struct Question: Encodable {
        let expression: String
        let zone: String
        /// Seconds since 1970.
        let instant: Int
        let count: Int
        let backward: Bool
    }

    struct Answer: Decodable {
        let valid: Bool
        /// Cronsim's instants beyond the one asked for, in order, seconds since 1970. Where the script walked through a day itself, that
        /// day's instants are the walk's.
        let instants: [Int]
        /// Of these, the ones for which cronsim gave a local time that clocks skip.
        let imaginary: [Int]
        /// Cronsim found nothing in fifty years.
        let never: Bool
        /// Cronsim did not come to an end.
        let endless: Bool
        /// Changes of clocks between the first and the last instant.
        let changes: Int
        /// Whether the script walked through a day and found other times than cronsim.
        let corrected: Bool
    }

    /// The interpreter that is asked: the one named by OPSD_PYTHON, else `python3`.
    private static let interpreter = ProcessInfo.processInfo.environment["OPSD_PYTHON"] ?? "python3"

    /// Whether there is an interpreter that has cronsim and the time zones.
    static let isThere: Bool = {
        let probe = "import cronsim, zoneinfo; zoneinfo.ZoneInfo('Europe/Berlin')"
        guard let result = try? Program.run(interpreter, ["-c", probe]) else { return false }  // what cannot be started is not there
        return result.status == 0
    }()

    /// One process answers all questions.
    static func answers(to questions: [Question]) throws -> [Answer] {
        try ask(script, questions)
    }

    /// The offset of each zone at each instant, by Python's time zones.
    static func offsets(zones: [String], instants: [Int]) throws -> [String: [Int]] {
        struct Offsets: Codable {
            let zone: String
            let values: [Int]
        }
        let answers: [Offsets] = try ask(offsetScript, zones.map { Offsets(zone: $0, values: instants) })
        return Dictionary(uniqueKeysWithValues: answers.map { ($0.zone, $0.values) })
    }

    private static func ask<Question: Encodable, Answer: Decodable>(_ script: String, _ questions: [Question]) throws -> [Answer] {
        let encoder = JSONEncoder()
        let lines = try questions.map { String(decoding: try encoder.encode($0), as: UTF8.self) }.joined(separator: "\n")
        let output = try Program.succeed(interpreter, ["-c", script], input: Array(lines.utf8))
        let decoder = JSONDecoder()
        return try output.split(separator: UInt8(ascii: "\n")).map { try decoder.decode(Answer.self, from: Data($0)) }
    }

    private static let offsetScript = """
        import sys, json
        from datetime import datetime
        from zoneinfo import ZoneInfo
        for line in sys.stdin:
            question = json.loads(line)
            zone = ZoneInfo(question["zone"])
            values = [int(datetime.fromtimestamp(t, zone).utcoffset().total_seconds()) for t in question["values"]]
            print(json.dumps({"zone": question["zone"], "values": values}))
        """

    /// Asks cronsim, and walks through the days itself on which cronsim is known to lose its step: where clocks skip midnight, or change by
    /// part of an hour, or not on the hour, it steps over times that exist.
    private static let script = """
        import bisect, json, signal, sys
        from datetime import datetime, timezone
        from zoneinfo import ZoneInfo
        from cronsim import CronSim, CronSimError

        UTC = timezone.utc
        DAY = 86400

        def offset(zone, t):
            return int(datetime.fromtimestamp(t, zone).utcoffset().total_seconds())

        known = {}

        def changes(name):
            # All changes of clocks from 1985 to 2100.
            if name not in known:
                zone, found, t = ZoneInfo(name), [], 473385600
                before = offset(zone, t)
                while t < 4102444800:
                    if offset(zone, t + DAY) != before:
                        low, high = t, t + DAY
                        while high - low > 1:
                            middle = (low + high) // 2
                            if offset(zone, middle) == before: low = middle
                            else: high = middle
                        after = offset(zone, high)
                        start = high + before
                        midnight = -(-start // DAY) * DAY
                        odd = (after - before) % 3600 != 0 or start % 3600 != 0 or start <= midnight < high + after
                        found.append((high, odd))
                        before = after
                    t += DAY
                known[name] = found
            return known[name]

        def stamp(moment):
            return int(moment.astimezone(UTC).timestamp())

        def imaginary(moment):
            return moment != moment.astimezone(UTC).astimezone(moment.tzinfo)

        def walk(sim, zone, start, end):
            # Each minute that passes, by what the clock shows.
            found = []
            for t in range(start - start % 60, end, 60):
                moment = datetime.fromtimestamp(t, zone)
                if moment.minute not in sim.minutes or moment.hour not in sim.hours: continue
                if moment.month in sim.months and sim.match_day(moment.date()):
                    found += [t + second for second in sim.seconds if start <= t + second < end]
            return found

        class Endless(Exception):
            pass

        def ring(*_):
            raise Endless()

        signal.signal(signal.SIGALRM, ring)

        def answer(question):
            zone = ZoneInfo(question["zone"])
            start, backward = question["instant"], question["backward"]
            result = dict(valid=False, instants=[], imaginary=[], never=False, endless=False, changes=0, corrected=False)
            moment = datetime.fromtimestamp(start, zone)
            try:
                sim = CronSim(question["expression"], moment, reverse=backward)
            except CronSimError:
                return result
            result["valid"] = True
            signal.setitimer(signal.ITIMER_REAL, 3)
            found = []
            try:
                for _ in range(question["count"]):
                    moment = next(sim)
                    found.append(stamp(moment))
                    if imaginary(moment): result["imaginary"].append(stamp(moment))
            except StopIteration:
                result["never"] = not found
            except Endless:
                result["endless"] = True
            signal.setitimer(signal.ITIMER_REAL, 0)
            if not found:
                return result
            first, last = min(found + [start]), max(found + [start])
            near = [c for c in changes(question["zone"]) if first - 2 * DAY <= c[0] <= last + 2 * DAY]
            result["changes"] = len(near)
            if backward:
                found = sorted({t for t in found if t < start}, reverse=True)
            else:
                found = {t for t in found if t > start}
                given = set(found)
                if sim.fixup_tz is None:
                    for change, odd in near:
                        if not odd: continue
                        low, high = max(change - DAY, start + 1), min(change + DAY + DAY // 2, last + 1)
                        found = {t for t in found if not low <= t < high} | set(walk(sim, zone, low, high)) | set(result["imaginary"])
                result["corrected"] = found != given
                found = sorted(found)
            result["instants"] = found
            return result

        for line in sys.stdin:
            print(json.dumps(answer(json.loads(line))))
        """
}
