import Diagnosis
import Hardware

extension Checkup {
    /// A quick look at the noise and the settings of `machine`; without one it is said, and the run
    /// goes on.
    static func attempt(
        _ machine: Machine, processingUnits: [Int], directory: String
    ) -> Checkup? {
        do {
            return try quick(machine, processingUnits: processingUnits, directory: directory)
        } catch {
            Terminal.error("nilometer: the doctor could not look at this machine: \(error)")
            return nil
        }
    }
}
