#pragma once

#include "base/reader.h"
#include "base/writer.h"
#include "ydoc/update.h"

// sync_message := kind:varuint payload:varbytes
// Source: y-protocols 1.0.7, sync.js. Ours: docs/spec/sync.md.

namespace ydoc {

enum class SyncKind : std::uint8_t {
  step1 = 0,   // payload: the sender's state vector; asks for what it lacks
  step2 = 1,   // payload: an update, the answer to step 1
  update = 2,  // payload: an update, as it happens
};

struct SyncMessage {
  SyncKind kind;
  ByteView payload;  // into the bytes read; not validated
};

/// Reads one message and leaves the reader behind it. The payload is for StateVector::decode or
/// Update::decode_v1 to judge.
/// Errors: unknown_message, truncated, integer_too_large.
[[nodiscard]] Decoded<SyncMessage> read_sync(righttask::Reader& reader);

void write_sync(righttask::Writer& writer, SyncKind kind, ByteView payload);

[[nodiscard]] Bytes sync_message(SyncKind kind, ByteView payload);

}  // namespace ydoc
