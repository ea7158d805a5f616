#pragma once

#include <simdjson.h>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "mini_server.h"
#include "ydoc/doc.h"

namespace righttask::cross {

enum class ClientKind : std::uint8_t {
  v1,      // the oldest serializer, whole states, JSON updates
  legacy,  // the old hook: whole states, JSON updates
  modern,  // state vectors and binary updates
};

/// One user's tab: a document, what it knows of the others, and a connection that comes and goes.
/// Frames reach it when the test delivers them. Presence is kept as phoenix.js keeps it.
class SimClient {
 public:
  /// `number` is its Yjs client id.
  SimClient(MiniServer& server, ClientKind kind, std::uint64_t number, std::string user);

  void connect();
  void disconnect(LeaveReason reason);
  void join();  // again, if it has joined already
  void leave();

  /// Takes the next frames that were sent to it.
  void deliver(std::size_t frames_max);
  [[nodiscard]] bool has_frames() const { return !inbox_->empty(); }

  /// A random insertion or deletion; sent at once if joined, else after the next join.
  void edit(Rng& rng);
  void rename(std::string name);

  [[nodiscard]] bool connected() const { return connection_.has_value(); }
  [[nodiscard]] bool joined() const { return joined_; }
  [[nodiscard]] bool awaits_answers() const { return !unanswered_.empty(); }
  [[nodiscard]] const std::string& user() const { return user_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const ydoc::Doc& doc() const { return doc_; }

  struct Meta {
    std::string ref, name;
    bool operator==(const Meta&) const = default;
  };
  using Presence = std::map<std::string, std::vector<Meta>>;
  [[nodiscard]] const Presence& presence() const { return presence_; }

 private:
  using Json = simdjson::dom::element;

  void on_text(ByteView payload);
  void on_reply(const std::string& ref, std::string_view status, Json response);
  void on_joined(Json response);
  void on_update_json(Json payload);
  void on_presence_state(Json payload);
  void on_presence_diff(Json payload);
  static Presence read_presence(Json entries);

  std::string push(std::string_view event, std::string_view payload_json);
  void show_name();
  void push_update(const Bytes& update);
  void apply(ByteView update);

  MiniServer& server_;
  ClientKind kind_;
  std::uint64_t number_;
  std::string user_;
  std::string name_;
  std::string shown_name_;  // as the server was told last
  ydoc::Doc doc_;
  std::uint64_t clock_ = 0;

  std::optional<ConnectionId> connection_;
  std::shared_ptr<std::deque<protocol::Frame>> inbox_;
  std::uint64_t last_ref_ = 0;
  std::string join_ref_;  // empty: neither joined nor joining
  bool joined_ = false;
  std::set<std::string> unanswered_;  // refs of pushes on this connection

  Presence presence_;
  std::string presence_join_ref_;  // of the state that presence_ began with
  std::vector<std::pair<Presence, Presence>> waiting_diffs_;
  simdjson::dom::parser parser_;
};

}  // namespace righttask::cross
