/// One setting of Harbor.
package struct ConfigurationValue: Sendable, Equatable {
    /// What a setting holds.
    package enum Value: Sendable, Equatable {
        case text(String)
        case flag(Bool)
        case number(Int64)
    }

    /// What it holds.
    package let value: Value
    /// False where the installation fixes it, so that the API cannot change it.
    package let isEditable: Bool

    /// A setting.
    package init(value: Value, isEditable: Bool) {
        self.value = value
        self.isEditable = isEditable
    }

    /// Nil for what is no single value. Harbor leaves secrets out; should one come all the same, it is not kept.
    init?(_ name: String, _ answer: AnswerObject) throws {
        guard !["secret", "password", "_pwd"].contains(where: name.contains) else { return nil }
        switch answer.members["value"] {
        case .text(let text): value = .text(text)
        case .flag(let flag): value = .flag(flag)
        case .integer(let number): value = .number(number)
        case nil, .null, .number, .array, .object: return nil
        }
        isEditable = try answer.flag("editable")
    }
}
