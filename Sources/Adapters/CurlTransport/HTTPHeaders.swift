/// The header fields of a request or an answer, in their order; names are compared without regard to case.
package struct HTTPHeaders: Sendable, Equatable, Sequence, ExpressibleByDictionaryLiteral {
    /// One field.
    package struct Field: Sendable, Equatable {
        /// As it was written or received.
        package let name: String
        /// Without white space around it where it was received.
        package let value: String

        /// A field, which is checked when it is sent.
        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    private var fields: [Field]

    /// These fields, in this order.
    package init(_ fields: [Field] = []) { self.fields = fields }

    /// These fields, in the order in which they are written; a name may come twice.
    package init(dictionaryLiteral elements: (String, String)...) { fields = elements.map { Field($0.0, $0.1) } }

    /// Adds a field behind all others, also where there is one of its name.
    package mutating func append(_ name: String, _ value: String) { fields.append(Field(name, value)) }

    /// The value of the first field called `name`.
    package subscript(name: String) -> String? { values(of: name).first }

    /// The values of all fields called `name`.
    package func values(of name: String) -> [String] {
        let name = name.lowercased()
        return fields.filter { $0.name.lowercased() == name }.map(\.value)
    }

    /// The fields in their order.
    package func makeIterator() -> IndexingIterator<[Field]> { fields.makeIterator() }

    /// Appends a continuation line (RFC 9112, 5.2) to the last value; false when there is none.
    mutating func extendLast(with text: String) -> Bool {
        guard let last = fields.popLast() else { return false }
        fields.append(Field(last.name, last.value + " " + text))
        return true
    }
}
