#include "app/offline_documents.h"

#include <chrono>
#include <optional>
#include <random>
#include <utility>

#include "base/rng.h"
#include "model/limits.h"
#include "ops/log.h"
#include "runtime/loop.h"
#include "server/document_service.h"
#include "server/room_host.h"
#include "store/sqlite/sqlite_store.h"

namespace righttask::app {
namespace {

constexpr std::string_view kFile = "rooms.db";

std::uint64_t random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

/// Rooms whose effects nobody receives.
class NoMembers final : public server::RoomOutlet {
 public:
  explicit NoMembers(runtime::Loop& loop) : loop_(loop) {}

  void deliver(MemberId, const Ticket&, const ServerMessage&) override {}
  std::optional<Reception> reception(MemberId) const override { return std::nullopt; }
  void send(const std::vector<ConnectionId>&, const protocol::Frame&) override {}
  void close(ConnectionId) override {}
  // The process ends before a room is idle for long.
  void wake_at(const RoomName&, Instant) override {}
  void forget_wake(const RoomName&) override {}
  void flush_soon() override {
    loop_.at_end_of_turn([this] { host->flush(); });
  }
  void call_after(Duration delay, runtime::Task task) override {
    loop_.call_after(delay, std::move(task));
  }
  RoomNow now() const override {
    return {loop_.now(),
            std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())};
  }

  server::RoomHost* host = nullptr;

 private:
  runtime::Loop& loop_;
};

}  // namespace

struct OfflineDocuments::Parts {
  explicit Parts(const ops::Log& open_log) : log(open_log) {}

  void start(std::unique_ptr<store::DocumentStore> opened) {
    store = std::move(opened);
    const server::RoomStorage storage{
        store.get(), [this](runtime::Task task) { loop.post_answer(std::move(task)); }};
    host.emplace(limits, rng, log, outlet, storage);
    outlet.host = &*host;
    service.emplace(*host, storage, limits);
    calls.emplace(*service);
  }

  ops::Log log;
  Limits limits;
  Rng rng{random_seed()};
  runtime::Loop loop;  // outlives the store, whose answers it takes
  NoMembers outlet{loop};
  std::unique_ptr<store::DocumentStore> store;
  std::optional<server::RoomHost> host;
  std::optional<server::DocumentService> service;
  std::optional<api::DocumentCalls> calls;
};

OfflineDocuments::OfflineDocuments(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

OfflineDocuments::~OfflineDocuments() {
  parts_->host->flush();
}

Result<std::unique_ptr<OfflineDocuments>, std::string> OfflineDocuments::open(
    const std::filesystem::path& data_dir) {
  std::error_code unreadable;
  if (!std::filesystem::exists(data_dir / kFile, unreadable)) {
    if (unreadable) return fail(data_dir.string() + ": " + unreadable.message());
    return fail(data_dir.string() + ": there are no documents in that folder (--data says which)");
  }
  auto parts = std::make_unique<Parts>(ops::open_log("error"));
  auto opened =
      store::sqlite::SqliteStore::open({.directory = data_dir.string(), .log = parts->log});
  if (!opened) return fail(opened.error().message);
  parts->start(*std::move(opened));
  return std::unique_ptr<OfflineDocuments>(new OfflineDocuments(std::move(parts)));
}

DocAnswer OfflineDocuments::perform(const api::DocumentCall& call) {
  std::optional<net::HttpResponse> response;
  parts_->calls->run(call, [&](net::HttpResponse answer) { response = std::move(answer); });
  while (!response) parts_->loop.turn(std::chrono::seconds(1));
  DocAnswer answer{response->status, {}};
  if (response->body) answer.body = as_text(*response->body);
  return answer;
}

}  // namespace righttask::app
