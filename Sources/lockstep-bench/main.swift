print("## Cost of an event against the number of pending paths\n")
print(PendingCost.table())
