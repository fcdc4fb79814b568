/* since.c - Since when a person may make requests.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "since.h"

#include <stdlib.h>
#include <string.h>

#include "../../common/base/log.h"

/* A request's time is in whole seconds.  */
#define SLACK ((int64_t)CLOCK_SECOND)

/* As config's users.  */
struct person
{
  uint64_t entry;               /* Hash of what the configuration says.  */
  uint64_t state;               /* Of the key; SINCE_BAD: not seen yet.  */
  int64_t changed;              /* Boottime of this boot.  */
  bool any;                     /* There was a change in this boot.  */
  bool is_new;                  /* Or another entry, at the start.  */
  bool is_first;                /* There was none for this key.  */
};

struct since_s
{
  store_t store;
  config_t config;
  unsigned char boot_id[CLOCK_BOOTLEN];
  struct person *person;
};

static const char sql_create[] =
  "CREATE TABLE IF NOT EXISTS people (fpr TEXT PRIMARY KEY,"
  " entry INTEGER NOT NULL, state INTEGER NOT NULL, boot BLOB NOT NULL,"
  " changed INTEGER NOT NULL) WITHOUT ROWID";
static const char sql_read[] =
  "SELECT fpr, entry, state, boot, changed FROM people";
static const char sql_drop[] = "DELETE FROM people WHERE fpr = ?1";
static const char sql_put[] =
  "INSERT OR REPLACE INTO people (fpr, entry, state, boot, changed)"
  " VALUES (?1, ?2, ?3, ?4, ?5)";


/* FNV-1a: it tells a change, and proves nothing.  */
static uint64_t
mix_hash (uint64_t hash, const void *data, size_t len)
{
  const unsigned char *p = data;

  for (; len; len--)
    hash = (hash ^ *p++) * UINT64_C (0x100000001b3);
  return hash;
}


static uint64_t
hash_entry (const struct config_user *user)
{
  uint64_t hash = UINT64_C (0xcbf29ce484222325);

  hash = mix_hash (hash, user->name, strlen (user->name) + 1);
  hash = mix_hash (hash, user->fpr, strlen (user->fpr) + 1);
  return mix_hash (hash, &user->expires, sizeof user->expires);
}


static struct person *
find_since (since_t since, const struct config_user *user)
{
  return since->person + (user - since->config->user);
}


/* Another boot's marks no longer count; its states do.  */
static gpg_error_t
read_since (void *hook, sqlite3_stmt *stmt)
{
  since_t since = hook;
  const char *fpr = (const char *)sqlite3_column_text (stmt, 0);
  const struct config_user *user = fpr
    ? config_user_by_fpr (since->config, fpr) : NULL;
  struct person *person;

  if (!user)
    return 0;
  person = find_since (since, user);
  person->entry = (uint64_t)sqlite3_column_int64 (stmt, 1);
  person->state = (uint64_t)sqlite3_column_int64 (stmt, 2);
  person->any = sqlite3_column_bytes (stmt, 3) == CLOCK_BOOTLEN
    && !memcmp (sqlite3_column_blob (stmt, 3), since->boot_id, CLOCK_BOOTLEN);
  person->changed = sqlite3_column_int64 (stmt, 4);
  return 0;
}


/* Within a transaction.  */
static gpg_error_t
write_since (since_t since, const struct config_user *user)
{
  const struct person *person = find_since (since, user);
  size_t boot_len = person->any ? CLOCK_BOOTLEN : 0;

  return query_run (store_db (since->store), sql_put, "tiibi", user->fpr,
                    person->entry, person->state, since->boot_id, boot_len,
                    person->changed);
}


static void
look_at_entries (since_t since, const struct clock_reading *now)
{
  const struct config_user *user = since->config->user;
  struct person *person = since->person;
  uint64_t entry;
  size_t i;

  for (i = 0; i < since->config->n_users; i++, user++, person++)
    {
      entry = hash_entry (user);
      person->is_new = entry != person->entry;
      person->is_first = !person->entry;
      if (!person->is_new)
        continue;
      person->entry = entry;
      person->changed = now->boot;
      person->any = true;
    }
}


/* Who is gone is forgotten, and comes back as somebody new.  */
static gpg_error_t
drop_if_gone (void *hook, sqlite3_stmt *stmt)
{
  since_t since = hook;
  const char *fpr = (const char *)sqlite3_column_text (stmt, 0);

  if (fpr && config_user_by_fpr (since->config, fpr))
    return 0;
  return query_run (store_db (since->store), sql_drop, "t", fpr);
}


static gpg_error_t
write_new (since_t since)
{
  const struct config_user *user = since->config->user;
  gpg_error_t err = store_begin (since->store, false);
  size_t i;

  if (!err)
    err = query_rows (store_db (since->store), sql_read, drop_if_gone, since,
                      "");
  for (i = 0; !err && i < since->config->n_users; i++)
    if (since->person[i].is_new)
      err = write_since (since, user + i);
  return store_end (since->store, err);
}


gpg_error_t
since_open (store_t store, config_t config,
            const unsigned char boot_id[CLOCK_BOOTLEN],
            const struct clock_reading *now, since_t *r_since)
{
  since_t since = calloc (1, sizeof *since);
  gpg_error_t err = 0;

  *r_since = NULL;
  if (!since)
    return gpg_error_from_syserror ();
  since->store = store;
  since->config = config;
  memcpy (since->boot_id, boot_id, CLOCK_BOOTLEN);
  since->person = calloc (config->n_users + 1, sizeof *since->person);
  if (!since->person)
    err = gpg_error_from_syserror ();
  if (!err)
    err = database_execute (store_db (store), sql_create);
  if (!err)
    err = query_rows (store_db (store), sql_read, read_since, since, "");
  if (err)
    {
      since_close (since);
      return err;
    }
  look_at_entries (since, now);
  err = write_new (since);
  /* On a full disk it is kept in memory, and found again at the next
     start.  */
  if (err)
    log_warn ("who is new cannot be stored: %s", gpg_strerror (err));
  *r_since = since;
  return 0;
}


void
since_close (since_t since)
{
  if (!since)
    return;
  free (since->person);
  free (since);
}


bool
since_is_new (since_t since, const struct config_user *user)
{
  return find_since (since, user)->is_first;
}


/* CHANGED by the clock that never steps: not before the boot, and not after
   now.  */
static int64_t
boot_of (uint64_t changed, const struct clock_reading *now)
{
  int64_t ago = changed && changed < (uint64_t)now->wall
    ? now->wall - (int64_t)changed : 0;

  return ago < now->boot ? now->boot - ago : 0;
}


/* True if PERSON's key was in another state before.  */
static bool
note_state (struct person *person, uint64_t state, uint64_t changed,
            const struct clock_reading *now)
{
  int64_t moment = boot_of (changed, now);

  if (person->state == state)
    return false;
  person->state = state;
  if (state != SINCE_BAD && !(person->any && person->changed > moment))
    {
      person->changed = moment;
      person->any = true;
    }
  return true;
}


void
since_look (since_t since, const struct config_user *user, uint64_t state,
            uint64_t changed, const struct clock_reading *now)
{
  gpg_error_t err;

  if (!note_state (find_since (since, user), state, changed, now))
    return;
  err = store_begin (since->store, false);
  if (!err)
    err = write_since (since, user);
  err = store_end (since->store, err);
  if (err)
    log_debug ("a change of a person cannot be stored: %s",
               gpg_strerror (err));
}


static bool
is_before (since_t since, const struct person *person, uint64_t time,
           const struct clock_reading *now)
{
  int64_t ahead = since->config->max_ahead * (int64_t)CLOCK_SECOND;
  int64_t age;

  if (!person->any || time > (uint64_t)(now->wall / CLOCK_SECOND))
    return false;
  age = now->wall - (int64_t)time * CLOCK_SECOND;
  return age > now->boot - person->changed + ahead + SLACK;
}


bool
since_is_before (since_t since, const struct config_user *user,
                 uint64_t time, const struct clock_reading *now)
{
  return is_before (since, find_since (since, user), time, now);
}


bool
since_would_refuse (since_t since, const struct config_user *user,
                    uint64_t state, uint64_t changed, uint64_t time,
                    const struct clock_reading *now)
{
  struct person person = *find_since (since, user);

  note_state (&person, state, changed, now);
  return is_before (since, &person, time, now);
}
