/// Expressions by chance: most of them valid, many with what makes expressions hard.
enum RandomExpression {
    /// An expression that a parser should accept, as a rule.
    static func plausible(using random: inout SplitMix) -> String {
        var fields = [
            field(0...59, using: &random), field(0...23, using: &random), dayOfMonth(using: &random), month(using: &random),
            dayOfWeek(using: &random),
        ]
        if random.chance(25) { fields.insert(random.chance(50) ? "0" : field(0...59, using: &random), at: 0) }
        return fields.joined(separator: random.chance(3) ? "  \t" : " ")
    }

    /// An expression with one or two characters changed, put in or left out.
    static func damaged(using random: inout SplitMix) -> String {
        var characters = Array(plausible(using: &random))
        let alphabet = Array("0123456789*/,-#LWlw ?SUNMONFRIJAN\t@x.")
        for _ in 0..<Int.random(in: 1...2, using: &random) {
            let index = Int.random(in: characters.indices, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: characters[index] = random.pick(alphabet)
            case 1: characters.insert(random.pick(alphabet), at: index)
            default: if characters.count > 1 { characters.remove(at: index) }
            }
        }
        return String(characters)
    }

    private static func field(_ range: ClosedRange<Int>, using random: inout SplitMix) -> String {
        switch Int.random(in: 0..<10, using: &random) {
        case 0...2: "*"
        case 3: "*/\(Int.random(in: 1...(range.count / 2 + 3), using: &random))"
        case 4: "\(Int.random(in: range, using: &random))/\(Int.random(in: 1...range.count, using: &random))"
        case 5: list(range, using: &random)
        case 6: span(range, using: &random)
        case 7: span(range, using: &random) + "/\(Int.random(in: 1...7, using: &random))"
        // The hours in which clocks change.
        case 8: "\(range.lowerBound + Int.random(in: 0...3, using: &random))"
        default: "\(Int.random(in: range, using: &random))"
        }
    }

    private static func span(_ range: ClosedRange<Int>, using random: inout SplitMix) -> String {
        let first = Int.random(in: range, using: &random)
        return "\(first)-\(Int.random(in: first...range.upperBound, using: &random))"
    }

    private static func list(_ range: ClosedRange<Int>, using random: inout SplitMix) -> String {
        (0..<Int.random(in: 2...4, using: &random)).map { _ in
            random.chance(15) ? span(range, using: &random) : "\(Int.random(in: range, using: &random))"
        }.joined(separator: ",")
    }

    private static func dayOfMonth(using random: inout SplitMix) -> String {
        switch Int.random(in: 0..<12, using: &random) {
        case 0...4: "*"
        case 5: random.pick(["L", "LW", "l", "1,L", "L/2", "15,LW", "L,LW"])
        case 6: random.pick(["29", "30", "31", "31,30", "29-31", "*/30", "28/2"])
        default: field(1...31, using: &random)
        }
    }

    private static func month(using random: inout SplitMix) -> String {
        switch Int.random(in: 0..<12, using: &random) {
        case 0...6: "*"
        case 7: random.pick(["FEB", "feb", "2", "JAN-MAR", "Apr,Jun,Sep,Nov", "MAR/2", "jan-DEC/5"])
        case 8: random.pick(["2", "3", "10", "11", "4,9"])
        default: field(1...12, using: &random)
        }
    }

    private static func dayOfWeek(using random: inout SplitMix) -> String {
        switch Int.random(in: 0..<12, using: &random) {
        case 0...4: "*"
        case 5: random.pick(["MON-FRI", "sun", "SUN-SAT", "TUE,THU", "5-7", "0-7", "fri-7", "SUN/2", "WED/3"])
        case 6: "\(Int.random(in: 0...7, using: &random))L"
        case 7: "\(Int.random(in: 0...7, using: &random))#\(Int.random(in: 1...5, using: &random))"
        case 8: random.pick(["MON#1", "FRI#5", "sat#2,3L", "5L,1", "5#5", "*/7", "*/2", "*,1", "7"])
        default: field(0...7, using: &random)
        }
    }
}
