import Testing

/// Everything that needs the machine for itself, one test after the other.
@Suite("the cluster", .serialized)
struct ClusterTests {}
