#include "server/document_service.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/check.h"
#include "room/revert.h"
#include "ydoc/codec/convert.h"
#include "ydoc/doc.h"
#include "ydoc/view/json_view.h"

namespace righttask::server {
namespace {

using store::StoreError;

/// Each holds a state or two, up to the largest that a document may have.
constexpr std::size_t kAsidesMax = 16;
constexpr const char* kBusy = "the server is busy with other documents; try again";
constexpr const char* kTripped = "the server failed on what is stored";
constexpr std::size_t kPage = 1000;

DocumentFailure failure(DocumentError error, std::string sentence = {}) {
  if (!sentence.empty()) return {error, std::move(sentence)};
  switch (error) {
    case DocumentError::keeps_nothing:
      return {error, "this server keeps nothing"};
    case DocumentError::no_such_room:
      return {error, "no such room"};
    case DocumentError::no_such_version:
      return {error, "no such version"};
    case DocumentError::damaged:
      return {error, "what is stored of it is damaged"};
    case DocumentError::refused:
      return {error, "the document does not take it"};
    case DocumentError::too_many:
      return {error, "there are too many"};
    case DocumentError::too_large:
      return {error, "it is too large"};
    case DocumentError::exists:
      return {error, "that file exists already"};
    case DocumentError::unavailable:
      return {error, "the disk does not take it now; the server's log says why"};
    case DocumentError::not_durable:
      return {error, "it is done, but the disk has not taken it yet"};
  }
  return {error, "unknown"};
}

/// `missing`: what it is that is not found.
DocumentFailure failure(StoreError error, DocumentError missing) {
  switch (error) {
    case StoreError::not_found:
      return failure(missing);
    case StoreError::deleted:
    case StoreError::stale_epoch:
      return failure(DocumentError::no_such_room);
    case StoreError::corrupt:
      return failure(DocumentError::damaged);
    case StoreError::too_large:
      return failure(DocumentError::too_large);
    case StoreError::already_exists:
      return failure(DocumentError::exists);
    case StoreError::storage_full:
      return failure(DocumentError::unavailable, "the disk is full");
    case StoreError::storage_unavailable:
    case StoreError::storage_failed:
    case StoreError::sequence_gap:
    case StoreError::sequence_conflict:
      break;
  }
  return failure(DocumentError::unavailable);
}

DocumentFailure failure(Refusal refusal) {
  return failure(refusal == Refusal::room_damaged ? DocumentError::damaged
                                                  : DocumentError::unavailable);
}

/// A V1 update of what may be either; nothing for what is neither. What was encoded as V2 never
/// reads as V1 to its end, but for updates that say nothing.
std::optional<Bytes> as_v1(ByteView update) {
  constexpr auto kLimits = ydoc::DecodeLimits::trusted();
  const auto first = ydoc::Update::decode_v1(update, kLimits);
  if (first && !first->empty()) return Bytes(update.begin(), update.end());
  auto second = ydoc::convert_v2_to_v1(update, kLimits);
  if (second) {
    if (const auto read = ydoc::Update::decode_v1(*second, kLimits); read && !read->empty()) {
      return *std::move(second);
    }
  }
  if (first) return Bytes(update.begin(), update.end());
  return std::nullopt;
}

Result<std::string, DocumentFailure> json_of(ByteView state) {
  ydoc::DocOptions options;
  options.decode = ydoc::DecodeLimits::trusted();
  ydoc::Doc doc(options);
  if (!doc.apply_update_v1(state)) return fail(failure(DocumentError::damaged));
  return ydoc::doc_json(doc);
}

}  // namespace

// ---- how things are asked -----------------------------------------------------------------------

void DocumentService::later(runtime::Task task) {
  storage_.post(std::move(task));
}

template <typename T>
void DocumentService::refuse_all(Then<T> then) {
  later([then = std::move(then)]() mutable { then(fail(failure(DocumentError::keeps_nothing))); });
}

template <typename T, typename Made>
store::Reply<T> DocumentService::answer(DocumentError missing, Then<Made> then,
                                        std::function<Made(T&&)> make) {
  return {storage_.post, [missing, then = std::move(then),
                          make = std::move(make)](Result<T, StoreError> result) mutable {
            if (!result) return then(fail(failure(result.error(), missing)));
            then(make(*std::move(result)));
          }};
}

template <typename T>
store::Reply<T> DocumentService::answer(DocumentError missing, Then<T> then) {
  return answer<T, T>(missing, std::move(then), [](T&& value) { return std::move(value); });
}

template <typename T>
void DocumentService::aside(std::move_only_function<Result<T, DocumentFailure>()> work,
                            Then<T> then) {
  if (asides_ >= kAsidesMax) return then(fail(failure(DocumentError::unavailable, kBusy)));
  ++asides_;
  if (!worker_) worker_.emplace("documents");
  worker_->post(
      [this, post = storage_.post, work = std::move(work), then = std::move(then)]() mutable {
        Result<T, DocumentFailure> done = fail(failure(DocumentError::damaged, kTripped));
        try {
          done = work();
        } catch (const BugError&) {
        }
        post([this, done = std::move(done), then = std::move(then)]() mutable {
          --asides_;
          then(std::move(done));
        });
      });
}

void DocumentService::with_room(const RoomName& room,
                                std::move_only_function<void(const Room&)> act,
                                std::move_only_function<void(DocumentFailure)> otherwise) {
  later([this, room, act = std::move(act), otherwise = std::move(otherwise)]() mutable {
    if (!keeps()) return otherwise(failure(DocumentError::keeps_nothing));
    rooms_.visit(room, [act = std::move(act), otherwise = std::move(otherwise)](
                           Result<const Room*, Refusal> there) mutable {
      if (!there) return otherwise(failure(there.error()));
      act(**there);
    });
  });
}

/// An edit in a room that is there.
void DocumentService::write(const RoomName& room, const SharedBytes& update,
                            const std::string& author,
                            std::move_only_function<void(Result<void, DocumentFailure>)> then) {
  const auto done = rooms_.edit(room, update, author);
  if (!done) {
    return then(
        fail(failure(DocumentError::refused, "the document does not take it: " + done.error())));
  }
  rooms_.flush();
  rooms_.when_stored(room, [then = std::move(then)](bool stored) mutable {
    if (!stored) return then(fail(failure(DocumentError::not_durable)));
    then({});
  });
}

// ---- documents ----------------------------------------------------------------------------------

void DocumentService::list(std::optional<RoomName> after, std::size_t limit,
                           Then<store::RoomPage> then) {
  if (!keeps()) return refuse_all(std::move(then));
  storage_.store->list_rooms(std::move(after), limit,
                             answer<store::RoomPage>(DocumentError::no_such_room, std::move(then)));
}

void DocumentService::show(const RoomName& room, Then<DocumentView> then) {
  auto shared = std::make_shared<Then<DocumentView>>(std::move(then));
  with_room(
      room,
      [this, room, shared](const Room& there) {
        const RoomLog& log = *rooms_.log_of(room);
        if (log.last() == store::Sequence{})
          return (*shared)(fail(failure(DocumentError::no_such_room)));
        const ydoc::Doc& doc = there.document();
        (*shared)(DocumentView{.epoch = log.epoch(),
                               .last = log.last(),
                               .members = there.members(),
                               .state_bytes = doc.encode_state_as_update_v1().size(),
                               .clients = doc.state_vector().entries().size(),
                               .pending = doc.has_pending(),
                               .json = ydoc::doc_json(doc)});
      },
      [shared](DocumentFailure why) { (*shared)(fail(std::move(why))); });
}

void DocumentService::export_state(const RoomName& room, Then<SharedBytes> then) {
  auto shared = std::make_shared<Then<SharedBytes>>(std::move(then));
  with_room(
      room,
      [this, room, shared](const Room& there) {
        if (rooms_.log_of(room)->last() == store::Sequence{}) {
          return (*shared)(fail(failure(DocumentError::no_such_room)));
        }
        (*shared)(share(there.encode_state()));
      },
      [shared](DocumentFailure why) { (*shared)(fail(std::move(why))); });
}

void DocumentService::import(const RoomName& room, SharedBytes update, std::string author,
                             Then<store::Sequence> then) {
  auto shared = std::make_shared<Then<store::Sequence>>(std::move(then));
  with_room(
      room,
      [this, room, update = std::move(update), author = std::move(author),
       shared](const Room&) mutable {
        auto v1 = as_v1(*update);
        if (!v1) {
          return (*shared)(fail(failure(DocumentError::refused, "the file holds no Yjs update")));
        }
        write(room, share(*std::move(v1)), author, [this, room, shared](auto written) {
          if (!written) return (*shared)(fail(std::move(written.error())));
          const RoomLog* log = rooms_.log_of(room);
          (*shared)(log != nullptr ? log->last() : store::Sequence{});
        });
      },
      [shared](DocumentFailure why) { (*shared)(fail(std::move(why))); });
}

void DocumentService::remove(const RoomName& room, Then<store::Epoch> then) {
  later([this, room, then = std::move(then)]() mutable {
    if (!keeps()) return then(fail(failure(DocumentError::keeps_nothing)));
    rooms_.remove(room, [then = std::move(then)](Result<store::Epoch, StoreError> epoch) mutable {
      if (!epoch) return then(fail(failure(epoch.error(), DocumentError::no_such_room)));
      then(*epoch);
    });
  });
}

void DocumentService::compact(const RoomName& room, Then<store::Sequence> then) {
  auto shared = std::make_shared<Then<store::Sequence>>(std::move(then));
  with_room(
      room,
      [this, room, shared](const Room&) {
        if (rooms_.log_of(room)->last() == store::Sequence{}) {
          return (*shared)(fail(failure(DocumentError::no_such_room)));
        }
        rooms_.compact(room, [shared](Result<store::Sequence, StoreError> written) {
          if (!written)
            return (*shared)(fail(failure(written.error(), DocumentError::no_such_room)));
          (*shared)(*written);
        });
      },
      [shared](DocumentFailure why) { (*shared)(fail(std::move(why))); });
}

// ---- versions -----------------------------------------------------------------------------------

void DocumentService::versions(const RoomName& room, std::optional<store::VersionId> before,
                               std::size_t limit, Then<store::VersionPage> then) {
  if (!keeps()) return refuse_all(std::move(then));
  storage_.store->list_versions(
      room, before, limit,
      answer<store::VersionPage>(DocumentError::no_such_room, std::move(then)));
}

void DocumentService::version(const RoomName& room, store::VersionId id, Then<VersionView> then) {
  if (!keeps()) return refuse_all(std::move(then));
  storage_.store->get_version(
      room, id,
      answer<store::Version>(
          DocumentError::no_such_version,
          [this, then = std::move(then)](Result<store::Version, DocumentFailure> found) mutable {
            if (!found) return then(fail(std::move(found.error())));
            aside<VersionView>(
                [version = *std::move(found)]() -> Result<VersionView, DocumentFailure> {
                  auto json = json_of(version.state);
                  if (!json) return fail(std::move(json.error()));
                  return VersionView{version.info, *std::move(json)};
                },
                std::move(then));
          }));
}

/// One after the other in a room: those that are counted at the same time would all find a place.
void DocumentService::in_turn(const RoomName& room, runtime::Task task) {
  auto& line = naming_[room];
  line.push_back(std::move(task));
  if (line.size() > 1) return;
  later([this, room] { naming_.at(room).front()(); });
}

void DocumentService::next_in_turn(const RoomName& room) {
  const auto at = naming_.find(room);
  at->second.pop_front();
  if (at->second.empty()) {
    naming_.erase(at);
  } else {
    later([this, room] { naming_.at(room).front()(); });
  }
}

/// Named ones stay for ever, so they have a bound. `renamed`: becomes one, if it is none yet.
void DocumentService::find_place(
    const RoomName& room, std::optional<store::VersionId> renamed,
    std::optional<store::VersionId> before, std::size_t named,
    std::move_only_function<void(Result<void, DocumentFailure>)> then) {
  versions(room, before, kPage,
           [this, room, renamed, named,
            then = std::move(then)](Result<store::VersionPage, DocumentFailure> page) mutable {
             if (!page) return then(fail(std::move(page.error())));
             for (const store::VersionInfo& version : page->versions) {
               if (version.kind != store::VersionKind::named) continue;
               if (version.id == renamed) return then({});
               ++named;
             }
             if (std::cmp_greater_equal(named, limits_.named_versions_per_room_max)) {
               return then(fail(failure(DocumentError::too_many,
                                        "the room has as many named versions as it may have")));
             }
             if (!page->continue_before) return then({});
             find_place(room, renamed, page->continue_before, named, std::move(then));
           });
}

void DocumentService::name_version(const RoomName& room, std::string name, std::string author,
                                   Then<store::VersionInfo> then) {
  if (!keeps()) return refuse_all(std::move(then));
  auto done = [this, room, then = std::move(then)](auto result) mutable {
    next_in_turn(room);
    then(std::move(result));
  };
  in_turn(room, [this, room, name = std::move(name), author = std::move(author),
                 done = std::move(done)]() mutable {
    find_place(room, std::nullopt, std::nullopt, 0,
               [this, room, name = std::move(name), author = std::move(author),
                done = std::move(done)](Result<void, DocumentFailure> place) mutable {
                 if (!place)
                   return done(
                       Result<store::VersionInfo, DocumentFailure>(fail(std::move(place.error()))));
                 create_named(room, std::move(name), std::move(author), std::move(done));
               });
  });
}

void DocumentService::create_named(const RoomName& room, std::string name, std::string author,
                                   Then<store::VersionInfo> then) {
  auto shared = std::make_shared<Then<store::VersionInfo>>(std::move(then));
  with_room(
      room,
      [this, room, name = std::move(name), author = std::move(author),
       shared](const Room&) mutable {
        auto request = rooms_.version_of(room);
        if (!request) return (*shared)(fail(failure(DocumentError::no_such_room)));
        request->kind = store::VersionKind::named;
        request->name = std::move(name);
        request->author = author_to_keep(std::move(author));
        store::VersionInfo info{.kind = request->kind,
                                .name = request->name,
                                .author = request->author,
                                .epoch = request->epoch,
                                .sequence = request->sequence,
                                .at = request->at,
                                .state_bytes = request->state->size()};
        storage_.store->create_version(
            *std::move(request), answer<store::VersionId, store::VersionInfo>(
                                     DocumentError::no_such_room,
                                     [shared](Result<store::VersionInfo, DocumentFailure> made) {
                                       (*shared)(std::move(made));
                                     },
                                     [info](store::VersionId&& id) mutable {
                                       info.id = id;
                                       return std::move(info);
                                     }));
      },
      [shared](DocumentFailure why) { (*shared)(fail(std::move(why))); });
}

void DocumentService::rename_version(const RoomName& room, store::VersionId id, std::string name,
                                     Then<store::VersionInfo> then) {
  if (!keeps()) return refuse_all(std::move(then));
  auto done = [this, room, then = std::move(then)](auto result) mutable {
    next_in_turn(room);
    then(std::move(result));
  };
  in_turn(room, [this, room, id, name = std::move(name), done = std::move(done)]() mutable {
    find_place(room, id, std::nullopt, 0,
               [this, room, id, name = std::move(name),
                done = std::move(done)](Result<void, DocumentFailure> place) mutable {
                 if (!place)
                   return done(
                       Result<store::VersionInfo, DocumentFailure>(fail(std::move(place.error()))));
                 storage_.store->rename_version(
                     room, id, std::move(name),
                     answer<store::VersionInfo>(DocumentError::no_such_version, std::move(done)));
               });
  });
}

/// First what is there now is kept, so that a restore can be taken back by another.
void DocumentService::restore(const RoomName& room, store::VersionId id, std::string author,
                              Then<store::VersionId> then) {
  if (!keeps()) return refuse_all(std::move(then));
  auto shared = std::make_shared<Then<store::VersionId>>(std::move(then));
  const auto refuse = [shared](DocumentFailure why) { (*shared)(fail(std::move(why))); };
  const auto kept = [this, room, author, shared, refuse](store::Version version) {
    with_room(
        room,
        [this, room, author, shared, refuse, version = std::move(version)](const Room&) mutable {
          auto before = rooms_.version_of(room);
          if (!before) return refuse(failure(DocumentError::no_such_room));
          if (before->epoch != version.info.epoch) {
            return refuse(failure(DocumentError::no_such_version));
          }
          auto then_restore = [this, room, author, shared, refuse, held = before->sequence,
                               version = std::move(version)](
                                  Result<store::VersionId, DocumentFailure> made) mutable {
            if (!made) return refuse(std::move(made.error()));
            bring_back(room, std::move(version), held, author,
                       [shared](auto result) { (*shared)(std::move(result)); });
          };
          storage_.store->create_version(
              *std::move(before),
              answer<store::VersionId>(DocumentError::no_such_room, std::move(then_restore)));
        },
        refuse);
  };
  storage_.store->get_version(
      room, id,
      answer<store::Version>(DocumentError::no_such_version,
                             [kept, refuse](Result<store::Version, DocumentFailure> found) {
                               if (!found) return refuse(std::move(found.error()));
                               kept(*std::move(found));
                             }));
}

/// `held`: up to where a version holds what is about to go. What is edited meanwhile meets the
/// restore as any edits do that are made at the same time.
void DocumentService::bring_back(const RoomName& room, store::Version version, store::Sequence held,
                                 std::string author, Then<store::VersionId> then) {
  auto shared = std::make_shared<Then<store::VersionId>>(std::move(then));
  const auto refuse = [shared](DocumentFailure why) { (*shared)(fail(std::move(why))); };
  const store::VersionInfo info = version.info;
  const auto found = [this, room, author = std::move(author), shared, refuse, held,
                      info](Result<Bytes, DocumentFailure> edit) {
    if (!edit) return refuse(std::move(edit.error()));
    if (edit->empty()) return (*shared)(info.id);
    with_room(
        room,
        [this, room, author, shared, refuse, held, info,
         edit = share(*std::move(edit))](const Room&) {
          const RoomLog& log = *rooms_.log_of(room);
          if (log.epoch() != info.epoch) return refuse(failure(DocumentError::no_such_version));
          // What came while the first was written, and the way back was found. It is not waited
          // for, or who edits all the time would put the restore off for ever.
          if (log.last() != held && !keep_also(room)) {
            return refuse(failure(DocumentError::no_such_room));
          }
          write(room, edit, author, [shared, refuse, id = info.id](auto written) {
            if (!written) return refuse(std::move(written.error()));
            (*shared)(id);
          });
        },
        refuse);
  };
  with_room(
      room,
      [this, room, refuse, found, version = std::move(version)](const Room& there) mutable {
        if (rooms_.log_of(room)->epoch() != version.info.epoch) {
          return refuse(failure(DocumentError::no_such_version));
        }
        aside<Bytes>(
            [now = there.encode_state(), then = std::move(version.state),
             client = rooms_.unused_client(room)]() -> Result<Bytes, DocumentFailure> {
              auto edit = revert(now, then, client);
              if (!edit) {
                return fail(failure(DocumentError::damaged, std::string(to_string(edit.error()))));
              }
              return *std::move(edit);
            },
            found);
      },
      refuse);
}

/// Asks for a version of what is there. False: the room has gone.
bool DocumentService::keep_also(const RoomName& room) {
  auto request = rooms_.version_of(room);
  if (!request) return false;
  storage_.store->create_version(*std::move(request), {storage_.post, [](const auto&) {}});
  return rooms_.log_of(room) != nullptr;
}

// ---- the store ----------------------------------------------------------------------------------

void DocumentService::verify(Then<store::VerifyReport> then) {
  if (!keeps()) return refuse_all(std::move(then));
  storage_.store->verify(answer<store::VerifyReport>(DocumentError::no_such_room, std::move(then)));
}

void DocumentService::backup(std::string file, Then<store::BackupInfo> then) {
  if (!keeps()) return refuse_all(std::move(then));
  storage_.store->backup(std::move(file),
                         answer<store::BackupInfo>(DocumentError::no_such_room, std::move(then)));
}

}  // namespace righttask::server
