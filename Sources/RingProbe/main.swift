// Runs the rings' protocols in the simulator, seed after seed, without anything but processors:
//
//     RingProbe scenarios [--runs N] [--first SEED] [--planted MISTAKE] [PROTOCOL…]
//     RingProbe zoo       [--series N] [--seeds N] [--first SEED] [PROTOCOL|PROTOCOL.MISTAKE…]
//     RingProbe medians   [--series N] [--seeds N] [--first SEED] [PROTOCOL|PROTOCOL.MISTAKE…]
//     RingProbe speed     [FIGURE…]
//
// Ends with 1 where a protocol broke a rule or a planted mistake was missed, and with 2 where it does not
// understand what it is asked. Called by `make seeds` and `make torture`, in a release build that knows the
// mistakes: a debug build takes ten times as long.
let status = await Invocation.run(CommandLine.arguments.dropFirst())
Console.exit(status)
