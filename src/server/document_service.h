#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/bytes.h"
#include "base/result.h"
#include "model/limits.h"
#include "model/room_name.h"
#include "runtime/worker.h"
#include "server/room_host.h"
#include "store/document_store.h"

namespace righttask::server {

enum class DocumentError : std::uint8_t {
  keeps_nothing,    // the server has no store
  no_such_room,     // nothing was ever written in it, or it has been deleted
  no_such_version,  // of that room
  damaged,          // what is stored cannot be read
  refused,          // the document does not take the edit
  too_many,
  too_large,
  exists,       // a file of that name
  unavailable,  // the disk is full or failing, or the room is not to be had now
  not_durable,  // done, and on its way to everybody, but not on disk yet
};

struct DocumentFailure {
  DocumentError error;
  std::string sentence;  // for whoever asked
};

struct DocumentView {
  store::Epoch epoch{};
  store::Sequence last{};
  std::size_t members = 0;
  std::size_t state_bytes = 0;
  std::size_t clients = 0;  // that have ever edited it
  bool pending = false;     // some of it waits for updates that are missing
  std::string json;         // the roots, by name
};

struct VersionView {
  store::VersionInfo info;
  std::string json;
};

/// What can be done with documents from outside, whether rooms are live or not: for operators, for
/// the history in clients, for tools. Goes through the rooms, so that a loaded room and its store
/// never differ. Shard-local; every answer comes as a task of the loop, never inside the call. Old
/// states are read, and the way back to them is found, on a thread of its own: that costs as much
/// as the document is large, and the loop has others to serve.
/// (Spec: docs/spec/versions.md, docs/spec/doc.md)
class DocumentService {
 public:
  template <typename T>
  using Then = std::move_only_function<void(Result<T, DocumentFailure>)>;

  /// Borrows the rooms, whose storage this is, and the limits.
  DocumentService(RoomHost& rooms, RoomStorage storage, const Limits& limits)
      : rooms_(rooms), storage_(std::move(storage)), limits_(limits) {}

  [[nodiscard]] bool keeps() const { return storage_.store != nullptr; }

  void list(std::optional<RoomName> after, std::size_t limit, Then<store::RoomPage> then);
  void show(const RoomName& room, Then<DocumentView> then);
  /// The whole state as a V1 update.
  void export_state(const RoomName& room, Then<SharedBytes> then);
  /// A V1 or V2 update, told apart by what can be decoded. Makes the room if it is not there.
  void import(const RoomName& room, SharedBytes update, std::string author,
              Then<store::Sequence> then);
  void remove(const RoomName& room, Then<store::Epoch> then);
  /// Writes the state in place of the log.
  void compact(const RoomName& room, Then<store::Sequence> then);

  void versions(const RoomName& room, std::optional<store::VersionId> before, std::size_t limit,
                Then<store::VersionPage> then);
  void version(const RoomName& room, store::VersionId id, Then<VersionView> then);
  /// The state now, under a name.
  void name_version(const RoomName& room, std::string name, std::string author,
                    Then<store::VersionInfo> then);
  void rename_version(const RoomName& room, store::VersionId id, std::string name,
                      Then<store::VersionInfo> then);
  /// Brings the version's content back by an edit, and keeps what was there before as a version.
  void restore(const RoomName& room, store::VersionId id, std::string author,
               Then<store::VersionId> then);

  void verify(Then<store::VerifyReport> then);
  /// `file`: an absolute path.
  void backup(std::string file, Then<store::BackupInfo> then);

 private:
  void later(runtime::Task task);
  template <typename T>
  void refuse_all(Then<T> then);
  /// As a store's answer.
  template <typename T, typename Made>
  store::Reply<T> answer(DocumentError missing, Then<Made> then, std::function<Made(T&&)> make);
  template <typename T>
  store::Reply<T> answer(DocumentError missing, Then<T> then);
  /// Loads the room and calls `act` while it is there; `fail` if it cannot be.
  void with_room(const RoomName& room, std::move_only_function<void(const Room&)> act,
                 std::move_only_function<void(DocumentFailure)> fail);
  /// Calls `work` on the other thread, then `then` as a task of the loop.
  template <typename T>
  void aside(std::move_only_function<Result<T, DocumentFailure>()> work, Then<T> then);
  void in_turn(const RoomName& room, runtime::Task task);
  void next_in_turn(const RoomName& room);
  void find_place(const RoomName& room, std::optional<store::VersionId> renamed,
                  std::optional<store::VersionId> before, std::size_t named,
                  std::move_only_function<void(Result<void, DocumentFailure>)> then);
  void bring_back(const RoomName& room, store::Version version, store::Sequence held,
                  std::string author, Then<store::VersionId> then);
  [[nodiscard]] bool keep_also(const RoomName& room);
  void create_named(const RoomName& room, std::string name, std::string author,
                    Then<store::VersionInfo> then);
  void write(const RoomName& room, const SharedBytes& update, const std::string& author,
             std::move_only_function<void(Result<void, DocumentFailure>)> then);

  RoomHost& rooms_;
  RoomStorage storage_;
  const Limits& limits_;
  std::size_t asides_ = 0;                                          // asked for and not answered
  std::optional<runtime::Worker> worker_;                           // once it is needed
  std::unordered_map<RoomName, std::deque<runtime::Task>> naming_;  // the first is under way
};

}  // namespace righttask::server
