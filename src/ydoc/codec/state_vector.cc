#include "ydoc/codec/state_vector.h"

#include <algorithm>
#include <functional>
#include <map>

#include "base/reader.h"
#include "base/writer.h"

namespace ydoc {
namespace {

bool descending(const StateVector::Entry& a, const StateVector::Entry& b) {
  return a.client > b.client;
}

}  // namespace

StateVector::StateVector(std::vector<Entry> entries) : entries_(std::move(entries)) {
  const auto out_of_order = [](const Entry& a, const Entry& b) { return a.client <= b.client; };
  if (std::adjacent_find(entries_.begin(), entries_.end(), out_of_order) == entries_.end()) return;
  std::map<ClientId, Clock, std::greater<>> clocks;
  for (const auto& [client, clock] : entries_) clocks[client] = clock;
  entries_.clear();
  for (const auto& [client, clock] : clocks) entries_.push_back({client, clock});
}

Decoded<StateVector> StateVector::decode(ByteView bytes) {
  righttask::Reader reader(bytes);
  const auto count = reader.var_uint();
  if (!count) return righttask::fail(count.error());
  if (*count > reader.left() / 2) return righttask::fail(DecodeError::count_exceeds_input);
  std::vector<Entry> entries;
  entries.reserve(static_cast<std::size_t>(*count));  // bounded by the bytes left
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto client = reader.var_uint();
    if (!client) return righttask::fail(client.error());
    const auto clock = reader.var_uint();
    if (!clock) return righttask::fail(clock.error());
    entries.push_back({*client, *clock});
  }
  if (!reader.done()) return righttask::fail(DecodeError::trailing_bytes);
  return StateVector(std::move(entries));
}

Bytes StateVector::encode() const {
  righttask::Writer writer;
  writer.reserve(2 + entries_.size() * 10);
  writer.var_uint(entries_.size());
  for (const auto& [client, clock] : entries_) {
    writer.var_uint(client);
    writer.var_uint(clock);
  }
  return writer.take();
}

const StateVector::Entry* StateVector::find(ClientId client) const {
  const auto at = std::lower_bound(entries_.begin(), entries_.end(), Entry{client, 0}, descending);
  return at != entries_.end() && at->client == client ? &*at : nullptr;
}

Clock StateVector::of(ClientId client) const {
  const Entry* entry = find(client);
  return entry == nullptr ? 0 : entry->clock;
}

bool StateVector::contains(ClientId client) const {
  return find(client) != nullptr;
}

}  // namespace ydoc
