/// A list that Harbor hands out in pages.
struct HarborList<Element: Sendable, ID: Hashable & Comparable & Sendable> {
    let call: HarborCall
    /// What Harbor calls the id when it sorts; nil where it sorts as it likes.
    let sortKey: String?
    let id: @Sendable (Element) -> ID
    let read: @Sendable (AnswerObject) throws -> Element

    init(
        _ call: HarborCall, sortedBy sortKey: String?, id: @escaping @Sendable (Element) -> ID,
        read: @escaping @Sendable (AnswerObject) throws -> Element
    ) {
        self.call = call
        self.sortKey = sortKey
        self.id = id
        self.read = read
    }
}
