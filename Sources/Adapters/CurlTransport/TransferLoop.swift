import CLibcurl
import Dispatch
import LocalIO
import Synchronization

/// Drives the requests of one transport and keeps their connections, on one thread, which is there only while there is a request.
final class TransferLoop: @unchecked Sendable {  // guard: `inbox` by its mutex; all else is the business of `queue`
    /// What tasks ask of the loop.
    enum Command: Sendable {
        case start(Exchange)
        /// The task has taken or given something.
        case resume(Exchange)
        case end(Exchange)
    }

    private struct Inbox {
        var commands: [Command] = []
        var isTurning = false
        var multi: MultiHandle?
    }

    /// The longest wait without a look; the library shortens it to its own next deadline, and a command ends it.
    private static let longestWait: UInt64 = 60_000_000

    private let queue = DispatchQueue(label: "opsd.curl")
    private let inbox = Mutex(Inbox())
    private let limit: Int
    private var transfers: [ObjectIdentifier: Transfer] = [:]
    private var waiting: [Exchange] = []
    private var loads: [HTTPOrigin: Int] = [:]
    /// Whether somebody who waits may have got a turn.
    private var hasNewTurns = false

    /// Runs at most `limit` requests at once with the same host and port, so there are never more connections; unix sockets have no limit.
    init(limit: Int) { self.limit = limit }

    /// Gives the loop something to do. Throws `TransportError` where the library cannot be set up.
    func submit(_ command: Command) throws(TransportError) {
        let begun = try inbox.withLock { inbox throws(TransportError) -> MultiHandle? in
            if inbox.multi == nil { inbox.multi = try MultiHandle(idleConnections: limit) }
            return Self.add(command, to: &inbox)
        }
        begin(begun)
    }

    /// Gives a loop that has been set up something to do; before that there is nothing to end.
    func nudge(_ command: Command) { begin(inbox.withLock { Self.add(command, to: &$0) }) }

    /// The handle to begin to drive, nil where that is done already.
    private static func add(_ command: Command, to inbox: inout Inbox) -> MultiHandle? {
        inbox.commands.append(command)
        inbox.multi?.wake()
        guard !inbox.isTurning, let multi = inbox.multi else { return nil }
        inbox.isTurning = true
        return multi
    }

    private func begin(_ multi: MultiHandle?) {
        if let multi { queue.async { self.turn(multi) } }
    }

    // MARK: - On the thread

    private func turn(_ multi: MultiHandle) {
        while let commands = takeCommands() {
            for command in commands { apply(command) }
            do throws(TransportError) {
                startWaiting(on: multi)
                var running: Int32 = 0
                try MultiHandle.check(curl_multi_perform(multi.pointer, &running))
                collect(from: multi)
                look()
                if !hasNewTurns && !transfers.isEmpty { try wait(on: multi) }
            } catch {
                for transfer in Array(transfers.values) { finish(transfer, transfer.failed(error)) }
            }
        }
    }

    /// Nil where there is nothing left to do; the thread then goes, and comes back with the next request.
    private func takeCommands() -> [Command]? {
        inbox.withLock { inbox in
            defer { inbox.commands = [] }
            inbox.isTurning = !inbox.commands.isEmpty || !transfers.isEmpty || !waiting.isEmpty
            return inbox.isTurning ? inbox.commands : nil
        }
    }

    private func apply(_ command: Command) {
        switch command {
        case .start(let exchange):
            // Ended before it began.
            if exchange.isOver { return }
            waiting.append(exchange)
            hasNewTurns = true
        case .resume(let exchange):
            guard let transfer = transfers[ObjectIdentifier(exchange)] else { return }
            do throws(TransportError) {
                try transfer.resume()
            } catch {
                finish(transfer, transfer.failed(error))
            }
        case .end(let exchange):
            if let transfer = transfers[ObjectIdentifier(exchange)] { return finish(transfer, .closed) }
            waiting.removeAll { $0 === exchange }
            exchange.finish(.closed)
        }
    }

    private func startWaiting(on multi: MultiHandle) {
        guard hasNewTurns else { return }
        hasNewTurns = false
        var rest: [Exchange] = []
        for exchange in waiting {
            let origin = exchange.origin
            guard origin.map({ loads[$0, default: 0] < limit }) ?? true else {
                rest.append(exchange)
                continue
            }
            do throws(TransportError) {
                transfers[ObjectIdentifier(exchange)] = try Transfer(exchange, on: multi, at: MonotonicTime.microseconds)
                if let origin { loads[origin, default: 0] += 1 }
            } catch {
                exchange.finish(.failed(error, hasSent: false))
            }
        }
        waiting = rest
    }

    private func collect(from multi: MultiHandle) {
        var remaining: Int32 = 0
        while let message = curl_multi_info_read(multi.pointer, &remaining)?.pointee {
            guard message.msg == CURLMSG_DONE, let transfer = transfers.values.first(where: { $0.handle == message.easy_handle }) else {
                continue
            }
            let result = message.data.result
            if !transfer.knocksAgain(after: result, at: MonotonicTime.microseconds) { finish(transfer, transfer.end(result)) }
        }
    }

    private func look() {
        let now = MonotonicTime.microseconds
        for transfer in Array(transfers.values) {
            do throws(TransportError) {
                try transfer.look(at: now)
            } catch {
                finish(transfer, transfer.failed(error))
            }
        }
        for exchange in waiting where exchange.deadline.map({ $0 <= now }) ?? false {
            waiting.removeAll { $0 === exchange }
            exchange.finish(.failed(TransportError(passing: .total, of: exchange.request), hasSent: false))
        }
    }

    /// Until something comes, a command included, or the next limit passes.
    private func wait(on multi: MultiHandle) throws(TransportError) {
        let now = MonotonicTime.microseconds
        let next = (transfers.values.map(\.nextLook) + waiting.map(\.deadline)).compactMap { $0 }.min() ?? .max
        let wait = min(next - min(now, next), Self.longestWait)
        try MultiHandle.check(curl_multi_poll(multi.pointer, nil, 0, Int32((wait + 999) / 1000), nil))
    }

    /// Lets go of `transfer` before its task hears of it.
    private func finish(_ transfer: Transfer, _ end: Exchange.End) {
        let exchange = transfer.exchange
        if let origin = exchange.origin {
            loads[origin, default: 1] -= 1
            if loads[origin] == 0 { loads[origin] = nil }
        }
        transfers[ObjectIdentifier(exchange)] = nil
        transfer.letGo()
        if !waiting.isEmpty { hasNewTurns = true }
        exchange.finish(end)
    }
}
