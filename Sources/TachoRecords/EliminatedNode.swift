/// A node of the user's model that no layer computes.
package struct EliminatedNode: Codable, Hashable, Sendable {
    package enum Reason: Codable, Hashable, Sendable {
        /// Its result does not depend on the inputs and was computed when the engine was built.
        case constantFolded
        /// It passes its input on (Identity, Dropout in inference).
        case identity
        /// A cast, view or slice that changed nothing, or whose change others took over.
        case noOperation
        /// A transposition that met its inverse, or was moved to where it is cheaper or into another layer.
        case transposed
        /// Computes the same as another node.
        case duplicate(of: String)
        /// Nothing uses its result.
        case unused
        /// A branch whose condition was constant: the nodes of the branch that is taken run in its place.
        case branchDecided
        /// It lies in a branch that is never taken.
        case branchNotTaken
        /// Its result does not occur in the optimised model, and why is not known.
        case unexplained
    }

    package var name: String
    package var type: String
    package var reason: Reason

    package init(name: String, type: String, reason: Reason) {
        self.name = name
        self.type = type
        self.reason = reason
    }
}
