import Glibc

// Uses something durable until it is killed, and says on its standard output what was promised:
//
//     StorageProbe run SUBJECT DIRECTORY PROMISES
//     StorageProbe check SUBJECT DIRECTORY PROMISES
//
// PROMISES is a file with what an earlier run has written. Both hold what is in the directory against
// it first, and end with 65 when a promise was broken. Started by tests and by Scripts/cut-power.
let words = Array(CommandLine.arguments.dropFirst())
guard words.count == 4, words[0] == "run" || words[0] == "check" else {
    Reports.fail("usage: StorageProbe run|check SUBJECT DIRECTORY PROMISES", status: 64)
}
let promised = Reports.highest(at: words[3])
let isCheck = words[0] == "check"
switch words[1] {
case "log": ProbedLog.start(in: words[2], promised: promised, isCheck: isCheck)
case "group": ProbedGroup.start(in: words[2], promised: promised, isCheck: isCheck)
case "store": ProbedStore.start(in: words[2], promised: promised, isCheck: isCheck)
case "blocks": ProbedBlocks.start(in: words[2], promised: promised, isCheck: isCheck)
case "objects": ProbedObjects.start(in: words[2], promised: promised, isCheck: isCheck)
case "haste": ProbedHaste.start(in: words[2], promised: promised, isCheck: isCheck)
case "obelisk": ProbedSequencer.start(in: words[2], promised: promised, isCheck: isCheck)
case "scarab": ProbedGenerator.start(in: words[2], promised: promised, isCheck: isCheck)
default: Reports.fail("no subject is called '\(words[1])'", status: 64)
}
