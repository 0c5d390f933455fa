print("## Cost of an event against the number of pending paths\n")
print(PendingCost.table())
print("\n## Many new files at once, to a local target in memory\n")
print(try await Burst.table())
