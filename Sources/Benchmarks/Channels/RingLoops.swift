import CNilometerShims
import Channels

/// The loops over the engine's channels, each specialised for its ends by the closure that calls it
/// (see `LoopBody`). They are those of the C++ rings, statement for statement.
enum RingLoops {
    static func uncontended<S: SendingEnd & ~Copyable, R: ReceivingEnd & ~Copyable>(
        _ out: HeldEnd<S>, _ input: HeldEnd<R>, _ count: Int
    ) -> UInt64 where S.Message == R.Message {
        var producer = out.take()
        var consumer = input.take()
        var message = S.Message()
        var wrong: UInt64 = 0
        for value in 1...UInt64(max(1, count)) {
            message.value = value
            // There is always room, and always an element: one thread does both.
            if !producer.trySend(message).isSent { wrong = 1 }
            var found = consumer.tryReceive() ?? S.Message()
            wrong |= found.difference(from: value)
        }
        out.putBack(producer)
        input.putBack(consumer)
        return wrong
    }

    static func initiate<S: SendingEnd & ~Copyable, R: ReceivingEnd & ~Copyable>(
        _ there: HeldEnd<S>, _ back: HeldEnd<R>, _ count: Int
    ) -> UInt64 where S.Message == R.Message {
        var producer = there.take()
        var consumer = back.take()
        var message = S.Message()
        var wrong: UInt64 = 0
        for value in 1...UInt64(max(1, count)) {
            message.value = value
            producer.push(message)
            var found = consumer.pop()
            wrong |= found.difference(from: value)
        }
        there.putBack(producer)
        back.putBack(consumer)
        return wrong
    }

    static func initiate<S: SendingEnd & ~Copyable, R: ReceivingEnd & ~Copyable>(
        _ there: HeldEnd<S>, _ back: HeldEnd<R>, _ count: Int, stamps: inout [UInt64]
    ) -> UInt64 where S.Message == R.Message {
        var producer = there.take()
        var consumer = back.take()
        var message = S.Message()
        var wrong: UInt64 = 0
        var last = nilometer_ticks_unordered()
        for index in 0..<count {
            let value = UInt64(index) + 1
            message.value = value
            producer.push(message)
            var found = consumer.pop()
            wrong |= found.difference(from: value)
            let now = nilometer_ticks_unordered()
            stamps[index] = now - last
            last = now
        }
        there.putBack(producer)
        back.putBack(consumer)
        return wrong
    }

    static func respond<S: SendingEnd & ~Copyable, R: ReceivingEnd & ~Copyable>(
        _ there: HeldEnd<R>, _ back: HeldEnd<S>, _ count: Int
    ) -> UInt64 where S.Message == R.Message {
        var producer = back.take()
        var consumer = there.take()
        var wrong: UInt64 = 0
        for expected in 1...UInt64(max(1, count)) {
            var message = consumer.pop()
            producer.push(message)
            wrong |= message.difference(from: expected)
        }
        back.putBack(producer)
        there.putBack(consumer)
        return wrong
    }

    static func produce<S: SendingEnd & ~Copyable>(_ there: HeldEnd<S>, _ count: Int) {
        var producer = there.take()
        var message = S.Message()
        for value in 1...UInt64(max(1, count)) {
            message.value = value
            producer.push(message)
        }
        there.putBack(producer)
    }

    static func consume<R: ReceivingEnd & ~Copyable>(_ there: HeldEnd<R>, _ count: Int) -> UInt64 {
        var consumer = there.take()
        var wrong: UInt64 = 0
        for expected in 1...UInt64(max(1, count)) {
            var found = consumer.pop()
            wrong |= found.difference(from: expected)
        }
        there.putBack(consumer)
        return wrong
    }

    static func produceBatches<S: SendingEnd & ~Copyable>(
        _ there: HeldEnd<S>, of batch: Int, _ count: Int
    ) {
        var producer = there.take()
        var values = [S.Message](repeating: S.Message(), count: batch)
        var next: UInt64 = 1
        while next <= UInt64(count) {
            let size = min(batch, count - Int(next) + 1)
            for index in 0..<size {
                values[index].value = next &+ UInt64(truncatingIfNeeded: index)
            }
            producer.push(batch: values.span.extracting(0..<size))
            next += UInt64(size)
        }
        there.putBack(producer)
    }

    static func consumeBatches<R: ReceivingEnd & ~Copyable>(
        _ there: HeldEnd<R>, of batch: Int, _ count: Int
    ) -> UInt64 {
        var consumer = there.take()
        var wrong: UInt64 = 0
        // SAFETY: the output is used while the memory is there, within its capacity.
        unsafe withUnsafeTemporaryAllocation(of: R.Message.self, capacity: batch) { memory in
            var next: UInt64 = 1
            while next <= UInt64(count) {
                var output = unsafe OutputSpan(buffer: memory, initializedCount: 0)
                let size = consumer.receiveBatch(into: &output)
                for index in 0..<size {
                    wrong |= output.span[index].value ^ (next &+ UInt64(truncatingIfNeeded: index))
                }
                next += UInt64(size)
            }
        }
        there.putBack(consumer)
        return wrong
    }
}
