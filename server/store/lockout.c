/* lockout.c - Who gave wrong credentials, and has to wait.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "lockout.h"

#include <stdlib.h>
#include <string.h>

#include "../../common/base/log.h"

struct person
{
  char name[NETSPEC_NAMELEN + 1];
  uint64_t failed[LOCKOUT_FAILURES];    /* The last ones; 0: none.  */
  uint64_t until;               /* No check before.  */
  unsigned int wait;            /* The last one's length; 0: none.  */
};

struct lockout_s
{
  store_t store;
  size_t n;
  struct person *person;
};

static const char sql_create[] =
  "CREATE TABLE IF NOT EXISTS lockouts (user TEXT PRIMARY KEY,"
  " until INTEGER NOT NULL, wait INTEGER NOT NULL, f1 INTEGER NOT NULL,"
  " f2 INTEGER NOT NULL, f3 INTEGER NOT NULL, f4 INTEGER NOT NULL,"
  " f5 INTEGER NOT NULL)";
static const char sql_read[] =
  "SELECT user, until, wait, f1, f2, f3, f4, f5 FROM lockouts";
static const char sql_put[] =
  "INSERT OR REPLACE INTO lockouts (user, until, wait, f1, f2, f3, f4, f5)"
  " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
static const char sql_drop[] = "DELETE FROM lockouts WHERE user = ?1";

#define PERSON(kind, member) COLUMN (kind, struct person, member)

static const struct database_column columns[] =
  {
    PERSON (STRING, name), PERSON (NUMBER, until), PERSON (NUMBER, wait),
    PERSON (NUMBER, failed[0]), PERSON (NUMBER, failed[1]),
    PERSON (NUMBER, failed[2]), PERSON (NUMBER, failed[3]),
    PERSON (NUMBER, failed[4]), COLUMNS_END
  };


static struct person *
find_locked (lockout_t lockout, const char *user)
{
  size_t i;

  for (i = 0; i < lockout->n; i++)
    if (!strcmp (lockout->person[i].name, user))
      return lockout->person + i;
  return NULL;
}


/* NULL: out of memory, or not a valid name.  */
static struct person *
add_locked (lockout_t lockout, const char *user)
{
  struct person *more;

  if (strlen (user) > NETSPEC_NAMELEN)
    return NULL;
  more = reallocarray (lockout->person, lockout->n + 1, sizeof *more);
  if (!more)
    return NULL;
  lockout->person = more;
  more += lockout->n++;
  memset (more, 0, sizeof *more);
  memcpy (more->name, user, strlen (user));
  return more;
}


static gpg_error_t
read_locked (void *hook, sqlite3_stmt *stmt)
{
  lockout_t lockout = hook;
  struct person read, *person;

  if (database_read (stmt, 0, columns, &read))
    return 0;                   /* Nobody has such a name.  */
  person = add_locked (lockout, read.name);
  if (!person)
    return gpg_error (GPG_ERR_ENOMEM);
  *person = read;
  if (person->wait > LOCKOUT_MOST)
    person->wait = LOCKOUT_MOST;
  return 0;
}


gpg_error_t
lockout_open (store_t store, lockout_t *r_lockout)
{
  lockout_t lockout = calloc (1, sizeof *lockout);
  gpg_error_t err;

  *r_lockout = NULL;
  if (!lockout)
    return gpg_error (GPG_ERR_ENOMEM);
  lockout->store = store;
  err = database_execute (store_db (store), sql_create);
  if (!err)
    err = query_rows (store_db (store), sql_read, read_locked, lockout, "");
  if (err)
    lockout_close (lockout);
  else
    *r_lockout = lockout;
  return err;
}


void
lockout_close (lockout_t lockout)
{
  if (!lockout)
    return;
  free (lockout->person);
  free (lockout);
}


/* It stays in memory all the same.  */
static void
note_unstored (gpg_error_t err)
{
  if (err)
    log_error ("a lock-out cannot be stored: %s", gpg_strerror (err));
}


static void
drop_locked (lockout_t lockout, struct person *person)
{
  note_unstored (store_run (lockout->store, false, sql_drop, "t",
                            person->name));
  *person = lockout->person[--lockout->n];
}


static unsigned int
left_of (struct person *person, uint64_t now)
{
  if (person->until <= now)
    return 0;
  if (person->until - now > person->wait)
    person->until = now + person->wait; /* The clock was set back.  */
  return (unsigned int)(person->until - now);
}


unsigned int
lockout_left (lockout_t lockout, const char *user, uint64_t now)
{
  struct person *person = find_locked (lockout, user);

  return person ? left_of (person, now) : 0;
}


static bool
is_recent (uint64_t then, uint64_t now)
{
  return then && (then > now || now - then < LOCKOUT_WINDOW);
}


/* Nothing of it counts any more.  */
static bool
is_over (const struct person *person, uint64_t now)
{
  int i;

  for (i = 0; i < LOCKOUT_FAILURES; i++)
    if (is_recent (person->failed[i], now))
      return false;
  return !is_recent (person->until, now);
}


static void
drop_old_locked (lockout_t lockout, uint64_t now)
{
  size_t i = 0;

  while (i < lockout->n)
    if (is_over (lockout->person + i, now))
      drop_locked (lockout, lockout->person + i);
    else
      i++;
}


unsigned int
lockout_failed (lockout_t lockout, const char *user, uint64_t now)
{
  struct person *person;
  int i;

  drop_old_locked (lockout, now);
  person = find_locked (lockout, user);
  if (!person)
    person = add_locked (lockout, user);
  if (!person)
    return 0;
  memmove (person->failed, person->failed + 1,
           (LOCKOUT_FAILURES - 1) * sizeof *person->failed);
  person->failed[LOCKOUT_FAILURES - 1] = now;
  for (i = 0; i < LOCKOUT_FAILURES; i++)
    if (!is_recent (person->failed[i], now))
      break;
  if (person->wait || i == LOCKOUT_FAILURES)
    {
      person->wait = !person->wait ? LOCKOUT_FIRST : 2 * person->wait;
      if (person->wait > LOCKOUT_MOST)
        person->wait = LOCKOUT_MOST;
      person->until = now + person->wait;
    }
  note_unstored (store_run (lockout->store, false, sql_put, "c", columns,
                            person));
  return left_of (person, now);
}


bool
lockout_clear (lockout_t lockout, const char *user)
{
  struct person *person = find_locked (lockout, user);

  if (person)
    drop_locked (lockout, person);
  return person != NULL;
}


const char *
lockout_next (lockout_t lockout, uint64_t now, size_t *pos,
              unsigned int *r_left)
{
  struct person *person;

  while (*pos < lockout->n)
    {
      person = lockout->person + (*pos)++;
      *r_left = left_of (person, now);
      if (*r_left)
        return person->name;
    }
  return NULL;
}
