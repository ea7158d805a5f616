// What goes to many members at once.

#include <algorithm>
#include <utility>

#include "server/room_host.h"

namespace righttask::server {

void RoomHost::broadcast(Hosted& hosted, const Broadcast& effect) {
  const auto* update = std::get_if<DocumentUpdate>(&effect.message);
  if (update != nullptr && hosted.admitted >= limits_.crowd_members_min) {
    hold(hosted, *update, effect.except);
  } else {
    if (update != nullptr) release(hosted);
    send_all(hosted, effect.message, effect.except);
  }
}

/// Encodes once per audience.
void RoomHost::send_all(Hosted& hosted, const ServerMessage& message,
                        std::optional<MemberId> except) {
  ++probe_.broadcasts;
  for (const Group& group : hosted.groups) {
    recipients_.clear();
    for (const MemberId member : group.members) {
      if (member != except) recipients_.push_back(member.connection);
    }
    if (recipients_.empty()) continue;
    const auto frame = group.dialect->encode_broadcast(group.audience, message);
    if (!frame) continue;
    probe_.deliveries += recipients_.size();
    outlet_.send(recipients_, *frame);
  }
}

/// As send_all, to some.
void RoomHost::announce(Hosted& hosted, const Announce& effect) {
  std::vector<MemberId> to = effect.to;
  std::ranges::sort(to);
  for (const Group& group : hosted.groups) {
    recipients_.clear();
    for (const MemberId member : group.members) {
      if (std::ranges::binary_search(to, member)) recipients_.push_back(member.connection);
    }
    if (recipients_.empty()) continue;
    const auto frame = group.dialect->encode_broadcast(group.audience, effect.message);
    if (frame) outlet_.send(recipients_, *frame);
  }
}

// ---- rooms of many -----------------------------------------------------------------------------

void RoomHost::hold(Hosted& hosted, const DocumentUpdate& update, std::optional<MemberId> sender) {
  if (!hosted.crowd) hosted.crowd = std::make_unique<FanOut>();
  FanOut& crowd = *hosted.crowd;
  ++probe_.updates_held;
  switch (crowd.add({update.update, sender}, hosted.admitted, limits_, outlet_.now().monotonic)) {
    case FanOut::Turn::more:
      return;
    case FanOut::Turn::end:
      return await_turn_end(hosted);
    case FanOut::Turn::hold:
      return release_after(hosted, crowd.hold());
    case FanOut::Turn::overflow:
      return release(hosted);
  }
}

void RoomHost::release_after(const Hosted& hosted, Duration delay) {
  outlet_.call_after(delay, [this, name = hosted.name, id = hosted.id] {
    Hosted* found = find(name);
    if (found != nullptr && found->id == id) release(*found);
  });
}

void RoomHost::release(Hosted& hosted) {
  if (!hosted.crowd || hosted.crowd->empty()) return;
  const std::vector<FanOut::Held> held = hosted.crowd->take();
  const auto all = held.size() > 1 ? merged(held) : std::nullopt;
  if (all) return send_merged(hosted, held, DocumentUpdate{*all});
  for (const FanOut::Held& one : held) {
    send_all(hosted, DocumentUpdate{one.update}, one.sender);
  }
}

/// One update to whoever has sent none of it; to the senders, what the others have sent.
void RoomHost::send_merged(Hosted& hosted, const std::vector<FanOut::Held>& held,
                           const ServerMessage& all) {
  ++probe_.broadcasts;
  probe_.updates_merged += held.size() - 1;
  std::vector<MemberId> senders;
  for (const FanOut::Held& one : held) {
    if (one.sender) senders.push_back(*one.sender);
  }
  std::ranges::sort(senders);
  const auto repeated = std::ranges::unique(senders);
  senders.erase(repeated.begin(), repeated.end());

  for (const Group& group : hosted.groups) {
    recipients_.clear();
    std::vector<MemberId> among;  // senders of this group
    for (const MemberId member : group.members) {
      if (std::ranges::binary_search(senders, member)) {
        among.push_back(member);
      } else {
        recipients_.push_back(member.connection);
      }
    }
    if (!recipients_.empty()) {
      const auto frame = group.dialect->encode_broadcast(group.audience, all);
      if (!frame) continue;
      probe_.deliveries += recipients_.size();
      outlet_.send(recipients_, *frame);
    }
    if (among.empty()) continue;
    for (const FanOut::Held& one : held) {
      recipients_.clear();
      for (const MemberId member : among) {
        if (member != one.sender) recipients_.push_back(member.connection);
      }
      if (recipients_.empty()) continue;
      const auto frame =
          group.dialect->encode_broadcast(group.audience, DocumentUpdate{one.update});
      if (!frame) break;
      probe_.deliveries += recipients_.size();
      outlet_.send(recipients_, *frame);
    }
  }
}

}  // namespace righttask::server
