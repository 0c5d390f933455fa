/// What a fixture could not do, in a sentence for the person who reads the failed test.
package struct FixtureError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}
