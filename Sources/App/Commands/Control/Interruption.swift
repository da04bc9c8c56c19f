import Dispatch
import Glibc
import Synchronization

/// Ctrl-C while something runs.
enum Interruption {
    /// Runs `work`, and cancels it at the first signal, before which `notice` is called once. What the process did at the signal is restored
    /// afterwards. For one use in a process and signal: what Dispatch left of a first source keeps a second one from hearing.
    static func cancelling<Value: Sendable>(
        at number: Int32 = SIGINT,
        _ work: @escaping @Sendable () async throws -> Value, notice: @escaping @Sendable () -> Void
    ) async throws -> Value {
        // Dispatch installs a handler of its own for the source and leaves it there.
        var before = sigaction()
        sigaction(number, nil, &before)
        let (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let source = DispatchSource.makeSignalSource(signal: number, queue: DispatchQueue(label: "opsd.interrupt"))
        source.setEventHandler { signal.yield() }
        await withCheckedContinuation { registered in
            source.setRegistrationHandler { registered.resume() }
            source.resume()
        }
        let result: Result<Value, any Error>
        do { result = .success(try await race(work, signals, notice)) } catch { result = .failure(error) }
        // A source that is still registered would share its handler with the next one, which then has none.
        await withCheckedContinuation { gone in
            source.setCancelHandler { gone.resume() }
            source.cancel()
        }
        sigaction(number, &before, nil)
        return try result.get()
    }

    private static func race<Value: Sendable>(
        _ work: @escaping @Sendable () async throws -> Value, _ signals: AsyncStream<Void>, _ notice: @escaping @Sendable () -> Void
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Ending<Value>.self) { group in
            group.addTask {
                do { return .work(.success(try await work())) } catch { return .work(.failure(error)) }
            }
            group.addTask {
                for await _ in signals { return .interrupted }
                return .over
            }
            while let ending = try await group.next() {
                switch ending {
                case .work(let result):
                    group.cancelAll()
                    return try result.get()
                case .interrupted:
                    notice()
                    group.cancelAll()
                case .over: continue
                }
            }
            throw CancellationError()
        }
    }

    private enum Ending<Value: Sendable>: Sendable {
        case work(Result<Value, any Error>)
        case interrupted
        /// The task was cancelled, or the work is done.
        case over
    }
}
