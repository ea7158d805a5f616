#include "room/revert.h"

#include <climits>
#include <string>
#include <vector>

#include "ydoc/codec/merge.h"
#include "ydoc/doc.h"
#include "ydoc/undo_manager.h"
#include "ydoc/view/attributes.h"
#include "ydoc/view/json_view.h"

namespace righttask {
namespace {

using ydoc::Doc;

ydoc::DocOptions options(bool gc, std::optional<ydoc::ClientId> author = std::nullopt) {
  ydoc::DocOptions options;
  options.client_id = author;
  options.gc = gc;
  // A document that was taken in once is, whatever it costs.
  options.pending_bytes_max = SIZE_MAX / 2;
  options.pending_ranges_max = SIZE_MAX / 2;
  options.conflict_steps_max = UINT64_MAX / 2;
  options.decode = ydoc::DecodeLimits::trusted();
  return options;
}

bool is_empty(const Doc& doc, std::string_view name) {
  const ydoc::Store& store = doc.store();
  const ydoc::TypeId root = store.find_root(name);
  return root == ydoc::kNoType ||
         (store.types[root].length == 0 && !ydoc::has_members(store, root));
}

/// Of a root, with everything inside. In maps the order of keys says nothing: it is that in which a
/// copy of the document came to know them.
Decoded<ydoc::Any> tree(const Doc& doc, std::string_view name) {
  std::string json;
  ydoc::append_root_tree(json, doc, name);
  return ydoc::parse_json(json, UINT_MAX);
}

/// Whether both say the same. A document does not carry the kinds of its roots, so they are taken
/// to be what `then` makes of them.
bool same_content(Doc& now, Doc& then) {
  for (const std::string& name : now.root_names()) {
    if (is_empty(then, name) != is_empty(now, name)) return false;
  }
  for (const std::string& name : then.root_names()) {
    if (is_empty(then, name)) continue;
    const ydoc::TypeKind kind = then.root_kind_guess(name);
    if (!now.declare_root(name, kind) || !then.declare_root(name, kind)) return false;
    if (tree(now, name) != tree(then, name)) return false;
  }
  return true;
}

/// What takes the document from `then` to `now` and back: the way back.
std::vector<Bytes> way_back(Doc& doc, ByteView now) {
  // One item holds all of it: what is received, and the clean-up of formatting that follows, both
  // of which nobody in particular makes.
  ydoc::UndoOptions undo;
  undo.now = [] { return Instant{}; };
  undo.ignore_remote_map_changes = true;
  ydoc::UndoManager manager(doc, std::move(undo));
  if (!doc.apply_update_v1(now)) return {};
  std::vector<Bytes> updates;
  const auto told = doc.on_update_v1([&](const ydoc::UpdateEvent& event) {
    updates.emplace_back(event.update.begin(), event.update.end());
  });
  while (manager.can_undo()) manager.undo();
  return updates;
}

}  // namespace

std::string_view to_string(RevertError error) noexcept {
  switch (error) {
    case RevertError::undecodable:
      return "the stored state cannot be read";
    case RevertError::incomplete:
      return "no edit was found that gives all of it back";
  }
  return "unknown";
}

Result<Bytes, RevertError> revert(ByteView now, ByteView then, ydoc::ClientId author) {
  Doc earlier(options(true));
  Doc tried(options(true));
  Doc doc(options(false, author));
  if (!earlier.apply_update_v1(then) || !tried.apply_update_v1(now) || !doc.apply_update_v1(then)) {
    return fail(RevertError::undecodable);
  }
  if (same_content(tried, earlier)) return Bytes{};

  const std::vector<Bytes> updates = way_back(doc, now);
  const std::vector<ByteView> views(updates.begin(), updates.end());
  auto edit = ydoc::merge_updates_v1(views, ydoc::DecodeLimits::trusted());
  if (!edit || !tried.apply_update_v1(*edit) || !same_content(tried, earlier)) {
    return fail(RevertError::incomplete);
  }
  return *std::move(edit);
}

}  // namespace righttask
