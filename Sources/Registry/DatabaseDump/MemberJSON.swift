internal import Foundation

/// Both JSON members are written alike: sorted keys, indented, a newline at the end.
enum MemberJSON {
    static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try Array(encoder.encode(value)) + [UInt8(ascii: "\n")]
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from member: DumpMember) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(member.contents))
        } catch {
            throw DumpError(.malformedArchive, "\(member.name) cannot be read: \(error)", remedy: "use another snapshot")
        }
    }
}
