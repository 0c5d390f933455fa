import Testing

@Test("the suite runs")
func suiteRuns() { #expect(1 + 1 == 2) }
