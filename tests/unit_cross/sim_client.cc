#include "sim_client.h"

#include <algorithm>

#include "base/base64.h"
#include "base/check.h"
#include "base/writer.h"

namespace righttask::cross {
namespace {

using protocol::Frame;
using protocol::FrameKind;

std::string byte_list(ByteView bytes) {
  std::string out = "[";
  for (const std::uint8_t byte : bytes) out += (out.size() > 1 ? "," : "") + std::to_string(byte);
  return out + "]";
}

Bytes bytes_of(simdjson::dom::element list) {
  Bytes out;
  for (const std::uint64_t byte : list.get_array()) out.push_back(static_cast<std::uint8_t>(byte));
  return out;
}

std::string text_of(simdjson::dom::element value) {
  return std::string(value.get_string().value());
}

/// `metas` without those whose ref is among `gone`.
void drop(std::vector<SimClient::Meta>& metas, const std::vector<SimClient::Meta>& gone) {
  std::erase_if(metas, [&](const SimClient::Meta& meta) {
    return std::ranges::find(gone, meta.ref, &SimClient::Meta::ref) != gone.end();
  });
}

/// As phoenix.js 1.8, presence.js, syncDiff: joins before leaves, those known before in front.
void merge_diff(SimClient::Presence& presence,
                const std::pair<SimClient::Presence, SimClient::Presence>& diff) {
  for (const auto& [key, metas] : diff.first) {
    std::vector<SimClient::Meta>& known = presence[key];
    drop(known, metas);
    known.insert(known.end(), metas.begin(), metas.end());
  }
  for (const auto& [key, metas] : diff.second) {
    const auto found = presence.find(key);
    if (found == presence.end()) continue;
    drop(found->second, metas);
    if (found->second.empty()) presence.erase(found);
  }
}

}  // namespace

SimClient::SimClient(MiniServer& server, ClientKind kind, std::uint64_t number, std::string user)
    : server_(server),
      kind_(kind),
      number_(number),
      user_(std::move(user)),
      name_(user_),
      inbox_(std::make_shared<std::deque<Frame>>()) {}

void SimClient::connect() {
  inbox_ = std::make_shared<std::deque<Frame>>();
  const MiniServer::Query query = {{"vsn", kind_ == ClientKind::v1 ? "1.0.0" : "2.0.0"},
                                   {"user_id", user_}};
  connection_ =
      server_.open(query, [inbox = inbox_](const Frame& frame) { inbox->push_back(frame); });
}

void SimClient::disconnect(LeaveReason reason) {
  server_.drop(*connection_, reason);
  connection_.reset();
  inbox_->clear();
  unanswered_.clear();
  join_ref_.clear();
  joined_ = false;
}

void SimClient::join() {
  // A diff of the last join that is still on its way would be merged into the next one's state:
  // phoenix.js cannot tell, since broadcasts carry no join_ref. (A new connection has none.)
  deliver(SIZE_MAX);
  joined_ = false;
  shown_name_ = name_;
  join_ref_ = '"' + std::to_string(last_ref_ + 1) + '"';
  std::string params = "{\"name\":\"" + name_ + "\"";
  if (kind_ == ClientKind::modern) {
    params += ",\"state_vector\":\"" + base64_encode(doc_.encode_state_vector_v1()) + "\"";
  }
  push("phx_join", params + "}");
}

void SimClient::leave() {
  deliver(SIZE_MAX);
  push("phx_leave", "{}");
  joined_ = false;
  join_ref_.clear();
}

void SimClient::deliver(std::size_t frames_max) {
  for (; frames_max > 0 && !inbox_->empty(); --frames_max) {
    const Frame frame = std::move(inbox_->front());
    inbox_->pop_front();
    if (frame.kind == FrameKind::text) {
      on_text(frame.payload);
    } else if (!join_ref_.empty()) {
      CHECK(kind_ == ClientKind::modern && frame.payload[0] == 2);
      apply(ByteView(frame.payload).subspan(3U + frame.payload[1] + frame.payload[2]));
    }
  }
}

void SimClient::edit(Rng& rng) {
  Writer update;
  const auto known = doc_.state_vector();
  if (rng.chance(3) && !known.empty()) {  // delete one character
    const auto& entry =
        known.entries()[rng.below(static_cast<std::uint32_t>(known.entries().size()))];
    for (const std::uint64_t value :
         {std::uint64_t{0}, std::uint64_t{1}, entry.client, std::uint64_t{1},
          std::uint64_t{rng.below(static_cast<std::uint32_t>(entry.clock))}, std::uint64_t{1}}) {
      update.var_uint(value);
    }
  } else {  // insert one at the front of the text "t"
    for (const std::uint64_t value : {std::uint64_t{1}, std::uint64_t{1}, number_, clock_++}) {
      update.var_uint(value);
    }
    update.raw(bytes(4, 1, 1, 't', 1, 'a' + rng.below(26), 0));
  }
  apply(update.view());
  if (joined_) push_update(update.take());
}

void SimClient::rename(std::string name) {
  name_ = std::move(name);
  if (joined_) show_name();
}

// ---- what it hears -----------------------------------------------------------------------------

void SimClient::on_text(ByteView payload) {
  const Json message = parser_.parse(payload.data(), payload.size()).value();
  std::string join_ref = "null", ref, topic, event;
  Json content;
  if (kind_ == ClientKind::v1) {
    ref = simdjson::minify(message["ref"].value());
    topic = text_of(message["topic"]);
    event = text_of(message["event"]);
    content = message["payload"];
  } else {
    join_ref = simdjson::minify(message.at(0).value());
    ref = simdjson::minify(message.at(1).value());
    topic = text_of(message.at(2));
    event = text_of(message.at(3));
    content = message.at(4);
  }
  CHECK(topic == "room:a");
  if (event == "phx_reply") {
    // A reply belongs to one push, whatever has become of its channel.
    unanswered_.erase(ref);
  }
  if (join_ref_.empty() || (join_ref != "null" && join_ref != join_ref_)) return;
  if (event == "phx_reply") on_reply(ref, text_of(content["status"]), content["response"]);
  if (event == "update") on_update_json(content);
  if (event == "presence_state") on_presence_state(content);
  if (event == "presence_diff") on_presence_diff(content);
  CHECK(event != "phx_error");
}

void SimClient::on_reply(const std::string& ref, std::string_view status, Json response) {
  CHECK(status == "ok");
  if (ref == join_ref_) on_joined(response);
}

/// Both ways: takes the room's state, then sends what the room lacks.
void SimClient::on_joined(Json response) {
  joined_ = true;
  show_name();
  if (kind_ == ClientKind::modern) {
    apply(*base64_decode(text_of(response["update"])));
    const auto room_has =
        ydoc::StateVector::decode(*base64_decode(text_of(response["state_vector"])));
    push_update(doc_.encode_state_as_update_v1(*room_has));
    return;
  }
  const Bytes state = bytes_of(response["state"]);
  if (!state.empty()) apply(state);
  push_update(doc_.encode_state_as_update_v1());
}

void SimClient::on_update_json(Json payload) {
  CHECK(kind_ != ClientKind::modern);
  apply(bytes_of(payload["data"]));
}

void SimClient::on_presence_state(Json payload) {
  presence_ = read_presence(payload);
  presence_join_ref_ = join_ref_;
  for (const auto& diff : waiting_diffs_) merge_diff(presence_, diff);
  waiting_diffs_.clear();
}

void SimClient::on_presence_diff(Json payload) {
  const std::pair diff(read_presence(payload["joins"]), read_presence(payload["leaves"]));
  if (presence_join_ref_ == join_ref_) {
    merge_diff(presence_, diff);
  } else {
    waiting_diffs_.push_back(diff);
  }
}

SimClient::Presence SimClient::read_presence(Json entries) {
  Presence presence;
  for (const auto [key, entry] : entries.get_object()) {
    CHECK(!presence.contains(std::string(key)));
    for (const Json meta : entry["metas"].get_array()) {
      presence[std::string(key)].push_back({text_of(meta["phx_ref"]), text_of(meta["name"])});
    }
  }
  return presence;
}

// ---- what it says
// --------------------------------------------------------------------------------

std::string SimClient::push(std::string_view event, std::string_view payload_json) {
  const std::string ref = '"' + std::to_string(++last_ref_) + '"';
  std::string text;
  if (kind_ == ClientKind::v1) {
    text = R"({"topic":"room:a","event":")" + std::string(event) + R"(","payload":)" +
           std::string(payload_json) + ",\"ref\":" + ref + "}";
  } else {
    text = "[" + join_ref_ + "," + ref + R"(,"room:a",")" + std::string(event) + "\"," +
           std::string(payload_json) + "]";
  }
  server_.say(*connection_, FrameKind::text, byte_view(text));
  return ref;
}

void SimClient::show_name() {
  if (shown_name_ == name_) return;
  shown_name_ = name_;
  unanswered_.insert(push("presence", "{\"name\":\"" + name_ + "\"}"));
}

void SimClient::push_update(const Bytes& update) {
  if (kind_ != ClientKind::modern) {
    unanswered_.insert(push("update", "{\"data\":" + byte_list(update) + "}"));
    return;
  }
  const std::string join_ref = join_ref_.substr(1, join_ref_.size() - 2);
  const std::string ref = std::to_string(++last_ref_);
  constexpr std::string_view kTopic = "room:a", kEvent = "update";
  Bytes frame = bytes(0, join_ref.size(), ref.size(), kTopic.size(), kEvent.size());
  for (const std::string_view part :
       {std::string_view(join_ref), std::string_view(ref), kTopic, kEvent, as_text(update)}) {
    append(frame, part);
  }
  unanswered_.insert('"' + ref + '"');
  server_.say(*connection_, FrameKind::binary, frame);
}

void SimClient::apply(ByteView update) {
  CHECK(doc_.apply_update_v1(update).has_value());
}

}  // namespace righttask::cross
