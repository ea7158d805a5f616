#pragma once

#include <vector>

#include "ydoc/codec/coded_client.h"
#include "ydoc/store/struct_list.h"

namespace ydoc {

/// What a document holds of one client.
struct Client {
  ClientId id = 0;
  StructList structs;
  CodedClient coded;  // the same, as structs name it
  Clock32 state = 0;  // the next clock expected; also the end of the last struct

  // Scratch of the open transaction; meaningful where the stamps equal its number.
  std::uint32_t added_stamp = 0;  // structs were added
  Clock32 state_before = 0;
  std::uint32_t deleted_stamp = 0;  // ranges were deleted
  std::uint32_t deleted_order = 0;  // first come, first counted

  [[nodiscard]] Clock32 end_of(StructList::Cursor at) const {
    return structs.is_last(at) ? state : structs.at(structs.next(at)).clock;
  }
};

/// The clients of a document, numbered in order of appearance. Every client has a struct.
class ClientTable {
 public:
  ClientTable();

  [[nodiscard]] ClientIndex find(ClientId id) const;
  [[nodiscard]] ClientIndex find_or_add(ClientId id);

  [[nodiscard]] Client& operator[](ClientIndex index) { return clients_[index]; }
  [[nodiscard]] const Client& operator[](ClientIndex index) const { return clients_[index]; }
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(clients_.size()); }

  /// The next clock expected from `id`; 0 for a client never seen.
  [[nodiscard]] Clock state(ClientId id) const {
    const ClientIndex index = find(id);
    return index == kNoClient ? 0 : clients_[index].state;
  }

  /// Indices by client id, descending: the order in which Yjs writes.
  [[nodiscard]] std::vector<ClientIndex> descending() const;

  [[nodiscard]] std::size_t memory_bytes() const;

 private:
  static constexpr std::size_t kScanMax = 8;

  [[nodiscard]] std::size_t slot_of(ClientId id) const;
  void rehash(std::size_t slots);

  std::uint64_t seed_;
  std::vector<Client> clients_;
  std::vector<ClientIndex> slots_;  // empty while a scan of the few clients is as fast
};

}  // namespace ydoc
