/// The Cholesky factor of a small symmetric positive definite matrix.
///
/// Serves normal equations of a few parameters. Columns are scaled to unit diagonal first, since
/// parameters of a fit differ by orders of magnitude.
struct CholeskyFactor: Hashable, Sendable {
    private let size: Int
    /// Lower triangle by rows, of the scaled matrix.
    private let lower: [[Double]]
    private let scale: [Double]

    /// Nil when the matrix is not positive definite to working precision: the parameters cannot be
    /// told apart from the data.
    init?(_ matrix: [[Double]]) {
        let size = matrix.count
        let diagonal = matrix.indices.map { matrix[$0][$0] }
        guard diagonal.allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
        let scale = diagonal.map { $0.squareRoot() }
        var lower = Array(repeating: Array(repeating: 0.0, count: size), count: size)
        for row in 0..<size {
            for column in 0...row {
                var sum = matrix[row][column] / (scale[row] * scale[column])
                for inner in 0..<column { sum -= lower[row][inner] * lower[column][inner] }
                if row != column {
                    lower[row][column] = sum / lower[column][column]
                } else {
                    // The scaled diagonal is 1; what is left of it is 1 less the squared multiple
                    // correlation with the columns before.
                    guard sum > 1e-13 else { return nil }
                    lower[row][row] = sum.squareRoot()
                }
            }
        }
        self.size = size
        self.lower = lower
        self.scale = scale
    }

    /// The x with matrix · x = `right`.
    func solve(_ right: [Double]) -> [Double] {
        var x = zip(right, scale).map { $0 / $1 }
        for row in 0..<size {
            for inner in 0..<row { x[row] -= lower[row][inner] * x[inner] }
            x[row] /= lower[row][row]
        }
        for row in stride(from: size - 1, through: 0, by: -1) {
            for inner in (row + 1)..<max(size, row + 1) { x[row] -= lower[inner][row] * x[inner] }
            x[row] /= lower[row][row]
        }
        return zip(x, scale).map { $0 / $1 }
    }

    /// The inverse matrix.
    var inverse: [[Double]] {
        (0..<size).map { column in
            solve((0..<size).map { $0 == column ? 1 : 0 })
        }
    }

    /// A vector with the inverse matrix as covariance, from independent unit normals: the
    /// transposed factor is solved for.
    func correlated(_ normals: [Double]) -> [Double] {
        var x = normals
        for row in stride(from: size - 1, through: 0, by: -1) {
            for inner in (row + 1)..<max(size, row + 1) { x[row] -= lower[inner][row] * x[inner] }
            x[row] /= lower[row][row]
        }
        return zip(x, scale).map { $0 / $1 }
    }
}
