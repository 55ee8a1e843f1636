#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace musterd {

/// A value that readers copy and its owner replaces: the current journal after a restart, the current shop
/// directory. A reader's copy stays valid.
template <class T>
class slot {
 public:
  T get() const {
    std::lock_guard lock{mutex_};
    return value_;
  }
  explicit slot(T value = {}) : value_{std::move(value)} {}

  void set(T value) {
    std::lock_guard lock{mutex_};
    std::swap(value_, value);  // the old value is released outside the lock
  }

 private:
  mutable std::mutex mutex_;
  T value_;
};

/// Handles by position, each replaced when a supervisor restarts its actor.
template <class Handle>
class handle_table {
 public:
  using handles = std::shared_ptr<const std::vector<Handle>>;

  /// Never null.
  handles get() const { return table_.get(); }

  /// How many there will be: set before anybody looks, so that hashes always map to the same position.
  void expect(std::size_t count) { table_.set(std::make_shared<std::vector<Handle>>(count)); }

  void put(std::size_t position, Handle handle) {
    auto changed = std::make_shared<std::vector<Handle>>(*table_.get());
    changed->at(position) = std::move(handle);
    table_.set(std::move(changed));
  }

  /// The handle that `hash` maps to; empty if there is none (yet).
  Handle pick(std::size_t hash) const {
    auto all = get();
    return all->empty() ? Handle{} : (*all)[hash % all->size()];
  }

  bool is_complete() const {
    auto all = get();
    return std::all_of(all->begin(), all->end(), [](const Handle& h) { return static_cast<bool>(h); });
  }

  /// Releases all, so that nothing is kept alive at shutdown.
  void clear() { expect(0); }

 private:
  slot<handles> table_{std::make_shared<std::vector<Handle>>(1)};
};

}  // namespace musterd
