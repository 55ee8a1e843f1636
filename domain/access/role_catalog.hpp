#pragma once

#include "domain/access/permissions.hpp"
#include "domain/kernel/table.hpp"

#include <optional>
#include <unordered_map>

/// Roles and what they grant, as an immutable snapshot that everybody reads; a changed role makes a new one.
namespace musterd {

enum class scope_type { global, location };
BOOST_DESCRIBE_ENUM(scope_type, global, location)

/// S89-F10. The name is immutable.
struct role {
  role_uuid role_id;
  std::string role_name;
  std::optional<std::string> description;
  /// Where it may be assigned (S89-R7).
  std::vector<scope_type> allowed_scopes;
  /// Sorted, each once.
  std::vector<std::string> permission_keys;
  timestamp created_at{};
  timestamp updated_at{};
  std::int64_t version = 1;
  friend bool operator==(const role&, const role&) = default;
};
BOOST_DESCRIBE_STRUCT(role, (),
                      (role_id, role_name, description, allowed_scopes, permission_keys, created_at,
                       updated_at, version))
template <>
struct table_of<role> : versioned_table<"security.role", "role_id"> {};

/// A set of permission indexes; `contains` is one load and one test.
class permission_set {
 public:
  void insert(permission_index i) {
    if (words_.size() <= i / 64u)
      words_.resize(i / 64u + 1);
    words_[i / 64u] |= std::uint64_t{1} << (i % 64u);
  }
  void insert(const permission_set& other) {
    words_.resize(std::max(words_.size(), other.words_.size()));
    for (std::size_t i = 0; i < other.words_.size(); ++i)
      words_[i] |= other.words_[i];
  }
  bool contains(permission_index i) const {
    return i / 64u < words_.size() && (words_[i / 64u] >> (i % 64u) & 1) != 0;
  }

 private:
  std::vector<std::uint64_t> words_;
};

/// The roles of one tenant. Permissions of other services get indexes behind our own as they are met.
class role_catalog {
 public:
  struct entry {
    musterd::role role;
    permission_set grants;
  };

  void add(role r);

  const entry* find(role_uuid id) const {
    auto found = roles_.find(id);
    return found == roles_.end() ? nullptr : &found->second;
  }
  std::optional<permission_index> index_of(std::string_view key) const;
  std::string_view key_of(permission_index i) const;
  /// The keys of a set, sorted.
  std::vector<std::string> keys_of(const permission_set& set) const;
  const std::unordered_map<role_uuid, entry>& roles() const { return roles_; }

 private:
  /// Lets texts be looked up that are parts of others.
  struct text_hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  permission_index index_for(const std::string& key);

  std::unordered_map<role_uuid, entry> roles_;
  /// Other services' keys in the order they were met, and where each is.
  std::vector<std::string> foreign_keys_;
  std::unordered_map<std::string, permission_index, text_hash, std::equal_to<>> foreign_indexes_;
};

}  // namespace musterd
