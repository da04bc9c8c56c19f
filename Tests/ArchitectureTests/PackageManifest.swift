/// What the package manifest says of the modules in `Sources`.
struct PackageManifest {
    struct Target: Equatable {
        let ring: String
        let dependencies: Set<String>
    }

    private(set) var targets: [String: Target] = [:]

    init(_ text: String) {
        var products: [String: String] = [:]
        for match in text.matches(of: /let (\w+): Target\.Dependency = \.product\(name: "(\w+)"/) {
            products[String(match.1)] = String(match.2)
        }
        for match in text.matches(of: /ring\(\s*"(\w+)",\s*"(\w+)",\s*\[([^\]]*)\]/) {
            targets[String(match.2)] = Target(ring: String(match.1), dependencies: Self.names(match.3, products))
        }
        for match in text.matches(of: /\.executableTarget\(\s*name: "(\w+)",\s*dependencies: \[([^\]]*)\],\s*path: "Sources\/(\w+)\//) {
            targets[String(match.1)] = Target(ring: String(match.3), dependencies: Self.names(match.2, products))
        }
    }

    private static func names(_ list: Substring, _ products: [String: String]) -> Set<String> {
        Set(
            list.split(separator: ",").map { $0.trimming(while: \.isWhitespace) }.filter { !$0.isEmpty }.map { word in
                word.hasPrefix("\"") ? String(word.dropFirst().dropLast()) : products[String(word)] ?? "an unknown product '\(word)'"
            })
    }
}

extension Substring {
    func trimming(while isDropped: (Character) -> Bool) -> Substring {
        var rest = drop(while: isDropped)
        while let last = rest.last, isDropped(last) { rest.removeLast() }
        return rest
    }
}
