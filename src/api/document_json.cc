#include "api/document_json.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <utility>

#include "api/json_answer.h"
#include "ops/log.h"

namespace righttask::api {
namespace {

using auth::Json;

Json number(std::uint64_t value) {
  return Json(json_integer(static_cast<json_int_t>(value)));
}

/// What is not UTF-8 (authors of old clients could be anything) is shown escaped.
Json text(const std::string& value) {
  Json out = auth::json_text(value);
  return out ? std::move(out) : auth::json_text(ops::printable(value));
}

template <typename Items>
Json list(const Items& items) {
  Json out(json_array());
  for (const auto& item : items) json_array_append_new(out.get(), to_json(item).release());
  return out;
}

}  // namespace

std::string utc_text(store::WallTime at) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
  const auto day = std::chrono::floor<std::chrono::days>(seconds);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(seconds - day);
  std::array<char, 40> out;
  std::snprintf(out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return out.data();
}

Json to_json(const store::VersionInfo& version) {
  Json out(json_object());
  auth::set(out.get(), "id", number(version.id.value()));
  auth::set(out.get(), "kind",
            auth::json_text(version.kind == store::VersionKind::named ? "named" : "automatic"));
  auth::set(out.get(), "name", text(version.name));
  auth::set(out.get(), "author", text(version.author));
  auth::set(out.get(), "at", auth::json_text(utc_text(version.at)));
  auth::set(out.get(), "sequence", number(version.sequence.value()));
  auth::set(out.get(), "bytes", number(version.state_bytes));
  return out;
}

Json to_json(const store::VersionPage& page) {
  Json out = json_object_of("versions", list(page.versions));
  auth::set(out.get(), "continue_before",
            page.continue_before ? number(page.continue_before->value()) : Json(json_null()));
  return out;
}

Json to_json(const store::RoomInfo& room) {
  Json out = json_object_of("room", auth::json_text(room.name.str()));
  auth::set(out.get(), "epoch", number(room.epoch.value()));
  auth::set(out.get(), "sequence", number(room.last.value()));
  auth::set(out.get(), "created_at", auth::json_text(utc_text(room.created_at)));
  auth::set(out.get(), "changed_at", auth::json_text(utc_text(room.changed_at)));
  auth::set(out.get(), "updates", number(room.updates));
  auth::set(out.get(), "update_bytes", number(room.update_bytes));
  auth::set(out.get(), "snapshot_bytes", number(room.snapshot_bytes));
  auth::set(out.get(), "versions", number(room.versions));
  auth::set(out.get(), "version_bytes", number(room.version_bytes));
  auth::set(out.get(), "set_aside", number(room.set_aside));
  return out;
}

Json to_json(const store::RoomPage& page) {
  Json out = json_object_of("rooms", list(page.rooms));
  auth::set(out.get(), "continue_after",
            page.continue_after ? auth::json_text(page.continue_after->str()) : Json(json_null()));
  return out;
}

Json to_json(const store::VerifyReport& report) {
  Json out = json_object_of("sound", Json(json_boolean(report.sound())));
  auth::set(out.get(), "rooms", number(report.rooms));
  auth::set(out.get(), "updates", number(report.updates));
  auth::set(out.get(), "snapshots", number(report.snapshots));
  auth::set(out.get(), "versions", number(report.versions));
  auth::set(out.get(), "set_aside", number(report.set_aside));
  auth::set(out.get(), "structure_checked", Json(json_boolean(report.structure_checked)));
  auth::set(out.get(), "problem_count", number(report.problem_count));
  Json problems(json_array());
  for (const std::string& problem : report.problems) {
    json_array_append_new(problems.get(), text(problem).release());
  }
  auth::set(out.get(), "problems", std::move(problems));
  return out;
}

std::string with_member(const Json& object, std::string_view key, std::string_view json) {
  std::string out = auth::dump(object.get());
  out.pop_back();
  if (out.size() > 1) out += ",";
  out += "\"" + std::string(key) + "\":" + std::string(json) + "}";
  return out;
}

int http_status(server::DocumentError error) {
  switch (error) {
    case server::DocumentError::no_such_room:
    case server::DocumentError::no_such_version:
      return 404;
    case server::DocumentError::keeps_nothing:
    case server::DocumentError::too_many:
    case server::DocumentError::exists:
      return 409;
    case server::DocumentError::too_large:
      return 413;
    case server::DocumentError::refused:
      return 422;
    case server::DocumentError::damaged:
      return 500;
    case server::DocumentError::unavailable:
    case server::DocumentError::not_durable:
      return 503;
  }
  return 500;
}

net::HttpResponse to_response(const server::DocumentFailure& failure) {
  return json_error(http_status(failure.error), failure.sentence);
}

}  // namespace righttask::api
