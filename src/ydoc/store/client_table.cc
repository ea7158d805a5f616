#include "ydoc/store/client_table.h"

#include <algorithm>
#include <numeric>

#include "base/check.h"
#include "base/reader.h"
#include "ydoc/store/hash.h"

namespace ydoc {

ClientTable::ClientTable() : seed_(hash_seed(this)) {}

std::size_t ClientTable::slot_of(ClientId id) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = mix_hash(id ^ seed_) & mask;
  while (slots_[slot] != kNoClient && clients_[slots_[slot]].id != id) slot = (slot + 1) & mask;
  return slot;
}

ClientIndex ClientTable::find(ClientId id) const {
  if (!slots_.empty()) return slots_[slot_of(id)];
  for (ClientIndex index = 0; index < clients_.size(); ++index) {
    if (clients_[index].id == id) return index;
  }
  return kNoClient;
}

ClientIndex ClientTable::find_or_add(ClientId id) {
  const ClientIndex found = find(id);
  if (found != kNoClient) return found;
  const auto index = static_cast<ClientIndex>(clients_.size());
  CHECK(id <= righttask::kSafeIntegerMax);
  Client& client = clients_.emplace_back();
  client.id = id;
  client.coded = CodedClient(id);
  if (clients_.size() > kScanMax && clients_.size() * 4 > slots_.size() * 3) {
    rehash(std::max<std::size_t>(slots_.size() * 2, 32));
  } else if (!slots_.empty()) {
    slots_[slot_of(id)] = index;
  }
  return index;
}

void ClientTable::rehash(std::size_t slots) {
  slots_.assign(slots, kNoClient);
  for (ClientIndex index = 0; index < clients_.size(); ++index) {
    slots_[slot_of(clients_[index].id)] = index;
  }
}

std::vector<ClientIndex> ClientTable::descending() const {
  std::vector<ClientIndex> order(clients_.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(),
            [this](ClientIndex a, ClientIndex b) { return clients_[a].id > clients_[b].id; });
  return order;
}

std::size_t ClientTable::memory_bytes() const {
  std::size_t bytes = clients_.capacity() * sizeof(Client) + slots_.capacity() * sizeof(slots_[0]);
  for (const Client& client : clients_) bytes += client.structs.memory_bytes();
  return bytes;
}

}  // namespace ydoc
