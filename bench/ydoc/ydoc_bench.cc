// Measures our engine on the rows of the benchmark; README.md describes rows, files and output.
//
//   ydoc_bench ROW DATA_DIR [SAMPLES MIN_MS WARM_MS BUDGET_MS]
//   ydoc_bench --version

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "bench_files.h"
#include "edits.h"
#include "sampler.h"
#include "ydoc/any.h"
#include "ydoc/codec/merge.h"
#include "ydoc/doc.h"
#include "ydoc/view/json_view.h"

namespace bench {
namespace {

struct Nothing {};

struct Root {
  const char* name;
  ydoc::TypeKind kind;
};

Root root_of(std::string_view row) {
  if (row == "tasks") return {"tasks", ydoc::TypeKind::map};
  if (row == "b3.1" || row == "b3.2" || row == "b3.3") return {"map", ydoc::TypeKind::map};
  for (const auto* array : {"b1.8", "b1.9", "b1.10", "b1.11", "b3.4"}) {
    if (row == array) return {"array", ydoc::TypeKind::array};
  }
  return {"text", ydoc::TypeKind::text};
}

void take_in(ydoc::Doc& doc, ByteView update) {
  CHECK(doc.apply_update_v1(update).has_value());
}

ydoc::Doc loaded(ByteView update) {
  ydoc::Doc doc;
  take_in(doc, update);
  return doc;
}

/// The two encodings.
struct V1 {
  static constexpr const char* kState = "b4.v1";
  static constexpr const char* kLoad = "load_v1";
  static constexpr const char* kEncode = "encode_v1";
  static constexpr const char* kDiff = "diff_v1";
  static constexpr const char* kStateVector = "state_vector_v1";

  static void take_in(ydoc::Doc& doc, ByteView update) {
    CHECK(doc.apply_update_v1(update).has_value());
  }
  static Bytes encode(const ydoc::Doc& doc) { return doc.encode_state_as_update_v1(); }
  static Bytes diff(ByteView update, const ydoc::StateVector& have) {
    return ydoc::diff_update_v1(update, have).value();
  }
  static Bytes state_vector(ByteView update) {
    return ydoc::state_vector_from_update_v1(update).value();
  }
};

struct V2 {
  static constexpr const char* kState = "b4.v2";
  static constexpr const char* kLoad = "load_v2";
  static constexpr const char* kEncode = "encode_v2";
  static constexpr const char* kDiff = "diff_v2";
  static constexpr const char* kStateVector = "state_vector_v2";

  static void take_in(ydoc::Doc& doc, ByteView update) {
    CHECK(doc.apply_update_v2(update).has_value());
  }
  static Bytes encode(const ydoc::Doc& doc) { return doc.encode_state_as_update_v2(); }
  static Bytes diff(ByteView update, const ydoc::StateVector& have) {
    return ydoc::diff_update_v2(update, have).value();
  }
  static Bytes state_vector(ByteView update) {
    return ydoc::state_vector_from_update_v2(update).value();
  }
};

/// The whole content as values of this language: what toString() and toJSON() are elsewhere.
struct Read {
  std::string text;
  std::vector<ydoc::Value> values;
  std::vector<std::pair<std::string, ydoc::Value>> members;
};

Read read_root(ydoc::Doc& doc, Root root) {
  Read read;
  if (root.kind == ydoc::TypeKind::text) {
    read.text = doc.text(root.name).text();
  } else if (root.kind == ydoc::TypeKind::array) {
    read.values = doc.array(root.name).values();
  } else {
    const ydoc::Map map = doc.map(root.name);
    for (std::string& key : map.keys()) {
      ydoc::Value value = map.get(key);
      read.members.emplace_back(std::move(key), std::move(value));
    }
  }
  return read;
}

std::string json_root(ydoc::Doc& doc, Root root) {
  doc.declare_root(root.name, root.kind);
  std::string json;
  ydoc::append_root_json(json, doc, root.name);
  return json;
}

/// Hashes of what the document says and of its encoding, and the size of that.
std::string content(ydoc::Doc& doc, Root root) {
  const auto value = ydoc::parse_json(json_root(doc, root), 100);
  CHECK(value.has_value());
  const auto* text = value->as<std::string>();
  const Bytes encoded = doc.encode_state_as_update_v1();
  return "\"hash\":\"" + hash(righttask::byte_view(text ? *text : canonical(*value))) +
         "\",\"doc_hash\":\"" + hash(encoded) +
         "\",\"doc_bytes\":" + std::to_string(encoded.size());
}

std::string with_bytes(const std::string& check, std::size_t size) {
  return check + (check.empty() ? "" : ",") + "\"bytes\":" + std::to_string(size);
}

/// A document that is edited, and what it tells others. Stays where it is.
struct Author {
  explicit Author(ydoc::ClientId client)
      : doc(ydoc::DocOptions{.client_id = client}), editing(doc) {}

  template <typename Listener>
  void listen(Listener listener) {
    subscription =
        doc.on_update_v1([listener](const ydoc::UpdateEvent& event) { listener(event.update); });
  }

  ydoc::Doc doc;
  Editing editing;
  std::vector<Bytes> updates;
  ydoc::Subscription subscription;
};

std::unique_ptr<Author> recording(ydoc::ClientId client) {
  auto author = std::make_unique<Author>(client);
  author->listen([to = author.get()](ByteView update) {
    to->updates.emplace_back(update.begin(), update.end());
  });
  return author;
}

std::string with_updates(const std::string& check, const std::vector<Bytes>& updates) {
  std::size_t size = 0;
  for (const Bytes& update : updates) size += update.size();
  return check + ",\"update_bytes\":" + std::to_string(size);
}

class Bench {
 public:
  Bench(std::string row, std::string data, const Limits& limits)
      : row_(std::move(row)), data_(std::move(data)), root_(root_of(row_)), limits_(limits) {}

  /// False if there is no such row.
  bool run() {
    if (row_ == "b4.load") {
      load<V1>();
      load<V2>();
    } else if (row_ == "b4.encode") {
      encode_edited<V1>();
      encode_edited<V2>();
    } else if (row_ == "b4.apply") {
      apply_and_encode();
    } else if (row_ == "b4.local") {
      type_trace();
    } else if (row_ == "b4.merge") {
      merge();
    } else if (row_ == "b4.cold") {
      cold<V1>();
      cold<V2>();
    } else if (row_ == "tasks") {
      load_tasks();
    } else if (row_ == "mem.b4") {
      memory(100, {bytes("b4.v1")}, root_of("b4"));
    } else if (row_ == "mem.tasks") {
      memory(10'000, read_updates(data_ + "/tasks.updates"), root_of("tasks"));
    } else if (row_.starts_with("b1.") || row_.starts_with("b3.")) {
      row_.starts_with("b1.") ? edit_alone() : edit_each();
      integrate_all("integrate", read_updates(file(".updates")));
      from_recorded();
    } else if (row_.starts_with("b2.")) {
      edit_apart();
      integrate_each_other();
      from_recorded();
    } else {
      return false;
    }
    return true;
  }

 private:
  [[nodiscard]] std::string file(const char* suffix) const { return data_ + "/" + row_ + suffix; }
  [[nodiscard]] Bytes bytes(const char* name) const { return read_bytes(data_ + "/" + name); }

  void print(const char* metric, const std::string& fields) const {
    std::printf("{\"engine\":\"ydoc\",\"row\":\"%s\",\"metric\":\"%s\",%s}\n", row_.c_str(), metric,
                fields.c_str());
    std::fflush(stdout);
  }

  template <typename Prepare, typename Run, typename Verify>
  void job(const char* metric, Prepare prepare, Run run, Verify verify) const {
    const auto rewind = [] {};
    print(metric, measure(Job{rewind, prepare, run, verify}, limits_));
  }

  /// As yrs and yjs do: with functions of their own for each encoding.
  template <typename V>
  void load() const {
    const Bytes state = bytes(V::kState);
    job(
        V::kLoad, [] { return Nothing{}; },
        [&](Nothing) {
          ydoc::Doc doc;
          V::take_in(doc, state);
          return doc;
        },
        [&](Nothing, ydoc::Doc doc) { return content(doc, root_); });
  }

  template <typename V>
  void encode_edited() const {
    const Bytes state = bytes("b4.v1");
    const std::vector<Bytes> edits = read_updates(data_ + "/b4.edits.updates");
    ydoc::Doc doc;
    std::size_t next = 0;
    const auto rewind = [&] {
      doc = loaded(state);
      next = 0;
    };
    const auto prepare = [&] { return next++; };
    const auto run = [&](std::size_t edit) {
      take_in(doc, edits[edit]);
      return V::encode(doc);
    };
    const auto verify = [&](std::size_t, const Bytes& encoded) {
      ydoc::Doc copy;
      V::take_in(copy, encoded);
      return with_bytes(content(copy, root_), encoded.size());
    };
    print(V::kEncode, measure(Job{rewind, prepare, run, verify}, limits_));
  }

  void apply_and_encode() const {
    const auto updates = read_updates(data_ + "/trace.updates");
    job(
        "apply_and_encode", [] { return ydoc::Doc(); },
        [&](ydoc::Doc& doc) {
          for (const auto& update : updates) take_in(doc, update);
          return doc.encode_state_as_update_v1();
        },
        [&](ydoc::Doc doc, const Bytes&) { return content(doc, root_); });
  }

  /// The trace as local edits, each a transaction with an update that a listener receives.
  void type_trace() const {
    const std::vector<Edit> edits = read_edits(data_ + "/trace.ops");
    std::size_t sent = 0;
    job(
        "edit",
        [&] {
          sent = 0;
          auto author = std::make_unique<Author>(1234567890);
          author->listen([&](ByteView update) { sent += update.size(); });
          return author;
        },
        [&](const std::unique_ptr<Author>& author) {
          for (const Edit& edit : edits) author->editing(edit);
          return Nothing{};
        },
        [&](const std::unique_ptr<Author>& author, Nothing) {
          return content(author->doc, root_) + ",\"update_bytes\":" + std::to_string(sent);
        });
  }

  void edit_alone() const {
    const std::vector<Edit> edits = read_edits(file(".ops"));
    job(
        "edit", [] { return recording(1); },
        [&](const std::unique_ptr<Author>& author) {
          for (const Edit& edit : edits) author->editing(edit);
          return Nothing{};
        },
        [&](const std::unique_ptr<Author>& author, Nothing) {
          return with_updates(content(author->doc, root_), author->updates);
        });
  }

  /// Two authors of the same text, one transaction each.
  void edit_apart() const {
    const Bytes init = bytes("b2.init");
    const std::vector<Edit> edits[] = {read_edits(file(".a.ops")), read_edits(file(".b.ops"))};
    job(
        "edit",
        [&] {
          std::vector<std::unique_ptr<Author>> authors;
          for (ydoc::ClientId client = 1; client <= 2; ++client) {
            authors.push_back(recording(client));
            take_in(authors.back()->doc, init);
            authors.back()->updates.clear();
          }
          return authors;
        },
        [&](const std::vector<std::unique_ptr<Author>>& authors) {
          for (std::size_t i = 0; i < 2; ++i) {
            authors[i]->doc.transact([&] {
              for (const Edit& edit : edits[i]) authors[i]->editing(edit);
            });
          }
          return Nothing{};
        },
        [&](const std::vector<std::unique_ptr<Author>>& authors, Nothing) {
          ydoc::Doc doc = loaded(init);
          std::vector<Bytes> updates;
          for (const auto& author : authors) {
            updates.insert(updates.end(), author->updates.begin(), author->updates.end());
          }
          for (const Bytes& update : updates) take_in(doc, update);
          return with_updates(content(doc, root_), updates);
        });
  }

  /// Very many authors, one edit each.
  void edit_each() const {
    const std::vector<Edit> edits = read_edits(file(".ops"));
    job(
        "edit",
        [&] {
          std::vector<std::unique_ptr<Author>> authors;
          authors.reserve(edits.size());
          for (std::size_t i = 0; i < edits.size(); ++i) authors.push_back(recording(1 + i));
          return authors;
        },
        [&](const std::vector<std::unique_ptr<Author>>& authors) {
          for (std::size_t i = 0; i < edits.size(); ++i) authors[i]->editing(edits[i]);
          return Nothing{};
        },
        [&](const std::vector<std::unique_ptr<Author>>& authors, Nothing) {
          ydoc::Doc doc;
          std::vector<Bytes> updates;
          for (const auto& author : authors) {
            updates.push_back(author->updates.at(0));
            take_in(doc, updates.back());
          }
          return with_updates(content(doc, root_), updates);
        });
  }

  void integrate_all(const char* metric, const std::vector<Bytes>& updates) const {
    job(
        metric, [] { return ydoc::Doc(); },
        [&](ydoc::Doc& doc) {
          for (const auto& update : updates) take_in(doc, update);
          return Nothing{};
        },
        [&](ydoc::Doc doc, Nothing) { return content(doc, root_); });
  }

  void merge() const {
    auto first = read_updates(data_ + "/trace.updates");
    first.resize(10'000);
    const std::vector<ByteView> views(first.begin(), first.end());
    job(
        "merge_v1", [] { return Nothing{}; },
        [&](Nothing) { return ydoc::merge_updates_v1(views).value(); },
        [&](Nothing, const Bytes& merged) {
          ydoc::Doc doc = loaded(merged);
          return with_bytes(content(doc, root_), merged.size());
        });
    integrate_all("apply", first);
  }

  template <typename V>
  void cold() const {
    const Bytes state = bytes(V::kState);
    const Bytes half = bytes("b4.half.v1");
    const Bytes vector = bytes("b4.half.sv");
    job(
        V::kDiff, [] { return Nothing{}; },
        [&](Nothing) {
          const auto have = ydoc::StateVector::decode(vector);
          return V::diff(state, have.value());
        },
        [&](Nothing, const Bytes& diff) {
          ydoc::Doc doc = loaded(half);
          V::take_in(doc, diff);
          return with_bytes(content(doc, root_), diff.size());
        });
    job(
        V::kStateVector, [] { return Nothing{}; }, [&](Nothing) { return V::state_vector(state); },
        [&](Nothing, const Bytes& found) { return with_bytes("", found.size()); });
  }

  void from_recorded() const {
    const Bytes state = read_bytes(file(".state"));
    job(
        "encode", [&] { return loaded(state); },
        [](ydoc::Doc& doc) { return doc.encode_state_as_update_v1(); },
        [&](const ydoc::Doc&, const Bytes& encoded) {
          ydoc::Doc doc = loaded(encoded);
          return content(doc, root_);
        });
    job(
        "load", [] { return Nothing{}; },
        [&](Nothing) {
          ydoc::Doc doc = loaded(state);
          Read read = read_root(doc, root_);
          return std::pair(std::move(doc), std::move(read));
        },
        [&](Nothing, std::pair<ydoc::Doc, Read> output) { return content(output.first, root_); });
  }

  /// Two authors who have seen nothing of each other's transaction, until now.
  void integrate_each_other() const {
    const Bytes init = bytes("b2.init");
    const auto recorded = read_updates(file(".updates"));
    const auto author = [&](std::size_t i) {
      ydoc::Doc doc = loaded(init);
      take_in(doc, recorded[i]);
      return doc;
    };
    job(
        "integrate", [&] { return std::pair(author(0), author(1)); },
        [&](std::pair<ydoc::Doc, ydoc::Doc>& docs) {
          take_in(docs.first, recorded[1]);
          take_in(docs.second, recorded[0]);
          return Nothing{};
        },
        [&](std::pair<ydoc::Doc, ydoc::Doc> docs, Nothing) { return content(docs.second, root_); });
  }

  void load_tasks() const {
    const auto lists = read_updates(data_ + "/tasks.updates");
    job(
        "load", [] { return Nothing{}; },
        [&](Nothing) {
          std::vector<ydoc::Doc> docs;
          docs.reserve(lists.size());
          for (const auto& list : lists) docs.push_back(loaded(list));
          return docs;
        },
        [&](Nothing, std::vector<ydoc::Doc> docs) { return content(docs[0], root_); });
  }

  void memory(std::size_t count, const std::vector<Bytes>& sources, Root root) const {
    static_cast<void>(loaded(sources[0]));
    std::vector<ydoc::Doc> docs;
    docs.reserve(count);
    const auto before = private_bytes();
    for (std::size_t i = 0; i < count; ++i) docs.push_back(loaded(sources[i % sources.size()]));
    const auto after = private_bytes();
    print("memory", "\"count\":" + std::to_string(count) +
                        ",\"before\":{\"private_bytes\":" + std::to_string(before) +
                        "},\"after\":{\"private_bytes\":" + std::to_string(after) +
                        "},\"check\":{" + content(docs[0], root) + "}");
  }

  std::string row_;
  std::string data_;
  Root root_;
  Limits limits_;
};

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (!arguments.empty() && arguments[0] == "--version") {
    std::printf("{\"engine\":\"ydoc\",\"version\":\"this commit\",\"runtime\":\"native, %s\"}\n",
#ifdef __clang__
                "clang " __clang_version__
#else
                "g++ " __VERSION__
#endif
    );
    return 0;
  }
  if (arguments.size() < 2) {
    std::fputs("usage: ydoc_bench ROW DATA_DIR [SAMPLES MIN_MS WARM_MS BUDGET_MS]\n", stderr);
    return 2;
  }
  const auto number = [&](std::size_t i, double otherwise) {
    return i < arguments.size() ? std::strtod(arguments[i].c_str(), nullptr) : otherwise;
  };
  bench::Limits limits;
  limits.samples = static_cast<std::size_t>(number(2, 3));
  limits.min_ns = number(3, 10) * 1e6;
  limits.warm_ns = number(4, 300) * 1e6;
  limits.budget_ns = number(5, 1000) * 1e6;
  if (bench::Bench(arguments[0], arguments[1], limits).run()) return 0;
  std::fprintf(stderr, "ydoc_bench: no row '%s'\n", arguments[0].c_str());
  return 2;
}
