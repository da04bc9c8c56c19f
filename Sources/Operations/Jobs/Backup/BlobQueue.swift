/// Hands out the blobs of a run, each once, to workers that take turns.
actor BlobQueue {
    private var blobs: ArraySlice<PendingBlob>

    init(_ blobs: [PendingBlob]) {
        self.blobs = blobs[...]
    }

    /// The next blob; nil when all are handed out.
    func next() -> PendingBlob? { blobs.popFirst() }
}
