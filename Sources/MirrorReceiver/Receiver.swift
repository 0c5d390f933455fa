import Glibc
package import MirrorCore
import MirrorLinux
package import MirrorWire

/// Does the orders of a sender beneath one directory, and answers each. It blocks; it belongs to one thread.
///
/// First comes `hello`. What is no order, or comes out of turn, ends the connection; an order that can't be done is
/// answered so and ends nothing.
package final class Receiver {
    /// The sender is not worth listening to any more.
    package struct Refusal: Error, Sendable, Equatable {
        package let text: ByteString
        package init(_ text: ByteString) { self.text = text }
    }

    /// Bytes of entries in one message.
    private static let listBytes = 256 << 10

    private let tree: BeneathTree
    private let answer: (Answer) -> Void
    private var target: TargetTree?
    private var incoming: IncomingFile?
    /// Directories made here whose attributes have not come yet.
    private var fresh: Set<RelativePath> = []
    /// Beyond it, a new directory takes its mode as an old one does.
    private static let mostFresh = 100_000
    private var lastSign = Clock.now()
    /// Files whose hashes the sender has, and has not come back to.
    private var hashed: [RelativePath: FoundFile] = [:]
    private static let mostHashed = 1024
    /// Of the last survey.
    private var digests: [RelativePath: TreeDigest] = [:]

    package init(root: BeneathTree, answer: @escaping (Answer) -> Void) {
        tree = root
        self.answer = answer
    }

    deinit { target?.abandonIfBegun(&incoming) }

    package func take(_ order: Order) throws(Refusal) {
        lastSign = Clock.now()
        if case .hello(let hello) = order { return try greet(hello) }
        guard let target else { throw Refusal("the first message is no greeting") }
        switch order {
        case .begin(let id, let path, let metadata, let conditions):
            guard incoming == nil else { throw Refusal("a second file begins before the first has ended") }
            var file = IncomingFile(number: id, path: path, metadata: metadata, conditions: conditions)
            target.begin(&file, hashed.removeValue(forKey: path))
            incoming = file
        case .piece(let offset, let content):
            guard incoming != nil else { throw Refusal("a piece of no file") }
            target.add(content, at: offset, to: &incoming!)
        case .keep(let offset, let length):
            guard incoming != nil else { throw Refusal("a part of no file") }
            target.keep(offset, length, in: &incoming!)
        case .commit, .abandon:
            guard var file = incoming else { throw Refusal("the end of no file") }
            incoming = nil
            if order == .abandon {
                target.abandon(&file, nil)
                return answer(.failed(file.number, errno: UInt32(ECANCELED)))
            }
            reply(file.number) { () throws(SystemCallError) in try target.commit(&file) }
        default: perform(order, target)
        }
    }

    /// The descriptor that was kept for the next order is closed: what is renamed by others meanwhile counts.
    package func pause() { tree.forget() }

    private func greet(_ hello: Hello) throws(Refusal) {
        guard target == nil else { throw Refusal("a second greeting") }
        guard hello.version == Hello.version else {
            throw Refusal(ByteString("the sender speaks version \(hello.version), this agent \(Hello.version)"))
        }
        target = TargetTree(tree, preserving: hello.preserving) { [unowned self] in sign() }
        answer(.hello(Hello(preserving: hello.preserving)))
    }

    /// What takes long shows that it goes on.
    private func sign() {
        let now = Clock.now()
        guard now - lastSign > .seconds(1) else { return }
        lastSign = now
        answer(.alive)
    }

    private func reply(_ id: UInt32, _ work: () throws(SystemCallError) -> Answer.Effects) {
        do throws(SystemCallError) {
            answer(.done(id, try work()))
        } catch {
            tree.forget()
            answer(.failed(id, errno: UInt32(bitPattern: error.errno)))
        }
    }
}

// MARK: Orders

extension Receiver {
    private func perform(_ order: Order, _ target: TargetTree) {
        guard let id = order.number else { return }
        switch order {
        case .ping: return answer(.pong(id))
        case .list(_, let path): return list(id, path, target)
        case .look(_, let path): return look(id, path, target)
        case .count(_, let path, let limit):
            do throws(SystemCallError) {
                return answer(.counted(id, try target.count(path, atMost: limit)))
            } catch {
                tree.forget()
                return answer(.failed(id, errno: UInt32(bitPattern: error.errno)))
            }
        case .hashes(_, let path, let rule): return hash(id, path, rule, target)
        case .survey(_, let path):
            var survey = TreeSurvey(tree, target.preserving) { [unowned self] in sign() }
            let digest = survey.look(at: path)
            digests = survey.digests
            return answer(.surveyed(id, digest))
        default: reply(id) { () throws(SystemCallError) in try effects(of: order, target) }
        }
    }

    private func effects(of order: Order, _ target: TargetTree) throws(SystemCallError) -> Answer.Effects {
        switch order {
        case .put(_, let path, let metadata, let conditions, let content):
            guard metadata.kind == .regular else { throw tree.failure("open", path, EINVAL) }
            return try target.put(path, metadata, conditions, content: content)
        case .symbolicLink(_, let path, let metadata, let conditions, let destination):
            guard metadata.kind == .symbolicLink else { throw tree.failure("symlink", path, EINVAL) }
            return try target.makeLink(path, metadata, conditions, to: destination)
        case .special(_, let path, let metadata, let conditions):
            return try target.makeSpecial(path, metadata, conditions)
        case .hardLink(_, let existing, let path, let conditions):
            return try target.makeHardLink(path, to: existing, conditions)
        case .directory(_, let path):
            let effects = try target.makeDirectory(path)
            if !effects.wasThere, fresh.count < Self.mostFresh { fresh.insert(path) }
            return effects
        case .attributes(_, let path, let metadata):
            try target.setAttributes(path, to: metadata, isNew: fresh.remove(path) != nil)
            return Answer.Effects()
        case .remove(_, let path, let removal):
            return Answer.Effects(removed: try target.remove(path, removal))
        case .rename(_, let old, let path, let expectation): return try target.rename(old, to: path, expectation)
        case .store:
            try target.store()
            return Answer.Effects()
        case .hello, .begin, .piece, .keep, .commit, .abandon, .list, .look, .hashes, .count, .survey, .ping:
            preconditionFailure("it has been done already")
        }
    }

    private func list(_ id: UInt32, _ path: RelativePath, _ target: TargetTree) {
        do throws(SystemCallError) {
            var entries: [ListedEntry] = []
            var bytes = 0
            for name in try tree.names(path) {
                let below = path.appending(name.bytes)
                guard var entry = try target.entry(try tree.place(below)) else { continue }
                if entry.metadata.kind == .directory { entry.inside = digests[below] }
                entries.append(entry)
                bytes += 64 + name.count + (entry.destination?.count ?? 0)
                bytes += (entry.metadata.attributes ?? []).reduce(0) { $0 + $1.name.count + $1.value.count + 8 }
                guard bytes > Self.listBytes || entries.count >= WireLimits.entriesInMessage else { continue }
                answer(.entries(id, entries, isLast: false))
                (entries, bytes) = ([], 0)
                lastSign = Clock.now()
            }
            answer(.entries(id, entries, isLast: true))
        } catch {
            tree.forget()
            answer(.failed(id, errno: UInt32(bitPattern: error.errno)))
        }
    }

    private func hash(_ id: UInt32, _ path: RelativePath, _ rule: Order.BlockRule, _ target: TargetTree) {
        do throws(SystemCallError) {
            let found = try target.hash(path, rule) { size, hashes, isLast in
                answer(.blocks(id, size: size, hashes, isLast: isLast))
            }
            if hashed.count >= Self.mostHashed { hashed = [:] }
            hashed[path] = found
        } catch {
            tree.forget()
            answer(.failed(id, errno: UInt32(bitPattern: error.errno)))
        }
    }

    private func look(_ id: UInt32, _ path: RelativePath, _ target: TargetTree) {
        do throws(SystemCallError) {
            var entry = try target.entry(try tree.place(path))
            if path.isRoot { entry?.name = "root" }
            answer(.found(id, entry))
        } catch {
            tree.forget()
            if [ENOENT, ENOTDIR, ELOOP].contains(error.errno) { return answer(.found(id, nil)) }
            answer(.failed(id, errno: UInt32(bitPattern: error.errno)))
        }
    }
}
