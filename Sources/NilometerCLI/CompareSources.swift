import Foundation
import Regression

/// Finds what a word of the command line names: a run's folder, a baseline's file, a baseline.
struct CompareSources {
    /// Where baselines are kept unless somebody says otherwise.
    static let usualDirectory = "Baselines"

    private let store: BaselineStore

    /// Names are looked up in the directory `baselines`.
    init(baselines: String) { store = BaselineStore(directory: baselines) }

    /// The side that `word`, given as `place`, names.
    func side(_ word: String, _ place: String) throws -> MeasuredSide {
        let isDirectory = CompareSources.isDirectory(word)
        if isDirectory == true { return MeasuredSide(try RunFolder.read(word), name: word) }
        do {
            if isDirectory == false { return try BaselineStore.read(file: word).side() }
            return try store.read(word).side()
        } catch BaselineError.missing(let path) {
            throw Stop.badInput(
                "\(place): '\(word)' is neither the folder of a run nor a baseline's file, and "
                    + "there is no baseline '\(path)'")
        } catch BaselineError.badName {
            throw Stop.badInput(
                "\(place): '\(word)' is neither the folder of a run nor the file or name of a "
                    + "baseline")
        } catch {
            throw Stop.badInput("\(place): \(error)")
        }
    }

    /// Whether there is a directory at `path`; `nil` where there is nothing.
    static func isDirectory(_ path: String) -> Bool? {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path + "/")
        if attributes?[.type] as? FileAttributeType == .typeDirectory { return true }
        return FileManager.default.fileExists(atPath: path) ? false : nil
    }
}

/// What refuses a comparison before it is made.
enum CompareGuards {
    /// In what the sides differ; refused unless forced.
    static func differences(
        _ base: MeasuredSide, _ new: MeasuredSide, isForced: Bool
    ) throws -> [Comparability.Difference] {
        let differences = Comparability.differences(base: base, new: new)
        guard !differences.isEmpty, !isForced else { return differences }
        throw Stop.badInput(
            "'\(base.name)' and '\(new.name)' are not comparable: "
                + differences.map(\.description).joined(separator: "; ")
                + "; --force compares them all the same")
    }

    /// Refuses a threshold below what the machine can see; gives what a reader should know.
    ///
    /// What the sides know themselves, from comparisons of a thing with itself in the same run, counts;
    /// where they know nothing, what `doctor` kept of this machine does, if both sides are of it: of a side
    /// of another machine a note says that it is not known.
    static func checkThreshold(
        _ threshold: Double, _ base: MeasuredSide, _ new: MeasuredSide?
    ) throws -> [String] {
        if let own = Comparability.effect(base: base, new: new) {
            if let refusal = own.refusal(of: threshold) {
                throw Stop.badInput("--threshold: \(refusal)")
            }
            return []
        }
        let unknown =
            "the smallest change that this machine can tell from noise is not known: neither side "
            + "has enough comparisons of a thing with itself (run calibration.slowdown with it, or "
            + "'nilometer doctor')"
        guard let store = HostEffectStore() else { return [unknown] }
        switch store.find(for: [base, new].compactMap { $0?.fingerprint }) {
        case .none: return [unknown]
        case .ignored(let reason): return [unknown, reason]
        case .found(let kept):
            let units = kept.processingUnits.map(String.init).joined(separator: ",")
            let source =
                "measured by 'nilometer doctor' at \(kept.date) on processing units \(units), kept "
                + "in '\(store.path)'"
            if let refusal = kept.effect.refusal(of: threshold) {
                throw Stop.badInput("--threshold: \(refusal); \(source)")
            }
            return ["smallest detectable effect of this machine: \(kept.effect); \(source)"]
        }
    }
}
