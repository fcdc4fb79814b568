/* grants.c - The book of grants: who opened what, until when.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * In memory: the grants by number, those with "once" in a list of their
 * own, the elements in a hash table with the grants that share each, and how
 * many grants each person has.  */

#include "grants.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../common/base/array.h"
#include "../../common/base/log.h"
#include "../../common/base/ticks.h"
#include "grants-store.h"

#define FIRST_BUCKETS 1024u

struct entry                    /* A grant in the book.  */
{
  struct grant grant;
  struct entry *older;          /* Among those with "once".  */
  struct entry *newer;
};

struct owner
{
  struct owner *next;
  struct entry *entry;
};

struct element
{
  struct element *next;
  struct owner *owners;
  struct grants_key key;
};

struct person
{
  char name[NETSPEC_NAMELEN + 1];
  unsigned int n;
};

struct grants_s
{
  grants_store_t store;
  struct entry **entry;         /* By number.  */
  size_t n;
  size_t n_once;
  struct entry *oldest_once, *newest_once;
  uint64_t first_end;           /* Not later than the true one.  */
  struct element **bucket;
  size_t n_buckets, n_elements;
  struct person *person;
  size_t n_persons;
};

/* The table of elements.  */

static size_t
hash_key (const struct grants_key *key)
{
  const unsigned char *p = (const unsigned char *)key;
  uint64_t h = 14695981039346656037u;
  size_t i;

  for (i = 0; i < sizeof *key; i++)
    h = (h ^ p[i]) * 1099511628211u;
  return (size_t)(h ^ (h >> 29));
}

static struct element **
find_element (grants_t book, const struct grants_key *key)
{
  struct element **p = book->bucket + (hash_key (key) & (book->n_buckets - 1));

  while (*p && memcmp (&(*p)->key, key, sizeof *key))
    p = &(*p)->next;
  return p;
}

/* A larger table; without memory for it the old one stays in use.  */
static void
grow_buckets (grants_t book)
{
  size_t n = book->n_buckets * 2, i, old = book->n_buckets;
  struct element **bucket = calloc (n, sizeof *bucket);
  struct element **from = book->bucket;
  struct element *e, *next;

  if (!bucket)
    return;
  book->bucket = bucket;
  book->n_buckets = n;
  for (i = 0; i < old; i++)
    for (e = from[i]; e; e = next)
      {
        next = e->next;
        e->next = bucket[hash_key (&e->key) & (n - 1)];
        bucket[hash_key (&e->key) & (n - 1)] = e;
      }
  free (from);
}

struct linking
{
  grants_t book;
  struct entry *entry;
  bool failed;
};

/* Owners are in the order of their numbers.  */
static void
link_key (void *hook, const struct grants_key *key)
{
  struct linking *l = hook;
  struct element **p = find_element (l->book, key);
  struct owner *owner = l->failed? NULL : calloc (1, sizeof *owner);
  struct owner **o;

  if (owner && !*p)
    {
      *p = calloc (1, sizeof **p);
      if (*p)
        {
          (*p)->key = *key;
          l->book->n_elements++;
        }
    }
  if (!owner || !*p)
    {
      free (owner);
      l->failed = true;
      return;
    }
  owner->entry = l->entry;
  for (o = &(*p)->owners; *o; o = &(*o)->next)
    ;
  *o = owner;
}

static void
unlink_key (void *hook, const struct grants_key *key)
{
  struct linking *l = hook;
  struct element **p = find_element (l->book, key);
  struct element *e = *p;
  struct owner **o, *owner;

  if (!e)
    return;
  for (o = &e->owners; *o && (*o)->entry != l->entry; o = &(*o)->next)
    ;
  owner = *o;
  if (owner)
    *o = owner->next;
  free (owner);
  if (e->owners)
    return;
  *p = e->next;
  free (e);
  l->book->n_elements--;
}

uint64_t
grants_key_ends (grants_t book, const struct grants_key *key)
{
  struct element *e = *find_element (book, key);
  struct owner *o;
  uint64_t ends = 0;

  for (o = e? e->owners : NULL; o; o = o->next)
    if (o->entry->grant.ends > ends)
      ends = o->entry->grant.ends;
  return ends;
}

uint64_t
grants_key_oldest (grants_t book, const struct grants_key *key)
{
  struct element *e = *find_element (book, key);

  return e? e->owners->entry->grant.number : 0;
}

void
grants_all_keys (grants_t book, grants_key_t fnc, void *hook)
{
  struct element *e;
  size_t i;

  for (i = 0; i < book->n_buckets; i++)
    for (e = book->bucket[i]; e; e = e->next)
      fnc (hook, &e->key);
}


/* People.  */

static struct person *
find_grantee (grants_t book, const char *name)
{
  size_t i;

  for (i = 0; i < book->n_persons; i++)
    if (!strcmp (book->person[i].name, name))
      return book->person + i;
  return NULL;
}

static struct person *
need_person (grants_t book, const char *name)
{
  struct person *person = find_grantee (book, name);

  if (person)
    return person;
  if (array_grow (&book->person, book->n_persons, sizeof *person))
    return NULL;
  person = book->person + book->n_persons++;
  memcpy (person->name, name, strlen (name) + 1);
  return person;
}

static void
forget_person (grants_t book, const char *name)
{
  struct person *person = find_grantee (book, name);

  if (person && !--person->n)
    *person = book->person[--book->n_persons];
}


/* Entries.  */

static void
link_once (grants_t book, struct entry *entry)
{
  entry->older = book->newest_once;
  if (entry->older)
    entry->older->newer = entry;
  else
    book->oldest_once = entry;
  book->newest_once = entry;
  book->n_once++;
}

static void
unlink_once (grants_t book, struct entry *entry)
{
  if (entry->older)
    entry->older->newer = entry->newer;
  else
    book->oldest_once = entry->newer;
  if (entry->newer)
    entry->newer->older = entry->older;
  else
    book->newest_once = entry->older;
  book->n_once--;
}

static gpg_error_t
make_book_room (grants_t book)
{
  size_t before = 0;

  while (book->n_elements > book->n_buckets && before != book->n_buckets)
    {
      before = book->n_buckets;
      grow_buckets (book);
    }
  return array_grow (&book->entry, book->n, sizeof *book->entry);
}

/* Take GRANT, whose number is the largest so far, into memory: into HOOK,
   the book.  */
static gpg_error_t
remember_entry (void *hook, const struct grant *grant)
{
  grants_t book = hook;
  struct linking l = { book, NULL, false };
  struct person *person;
  gpg_error_t err = make_book_room (book);

  if (err)
    return err;
  l.entry = calloc (1, sizeof *l.entry);
  if (!l.entry)
    return gpg_error_from_syserror ();
  l.entry->grant = *grant;
  grants_keys_of (grant, link_key, &l);
  person = l.failed? NULL : need_person (book, grant->what.user);
  if (!person)
    {
      grants_keys_of (grant, unlink_key, &l);
      free (l.entry);
      return gpg_error (GPG_ERR_ENOMEM);
    }
  person->n++;
  book->entry[book->n++] = l.entry;
  if (grant->what.once)
    link_once (book, l.entry);
  if (!book->first_end || grant->ends < book->first_end)
    book->first_end = grant->ends;
  return 0;
}

/* Where the first grant with a number above AFTER stands.  */
static size_t
find_above (grants_t book, uint64_t after)
{
  size_t low = 0, high = book->n, mid;

  while (low < high)
    {
      mid = low + (high - low) / 2;
      if (book->entry[mid]->grant.number > after)
        high = mid;
      else
        low = mid + 1;
    }
  return low;
}

static struct entry *
find_entry (grants_t book, uint64_t number, size_t *r_at)
{
  size_t at = number? find_above (book, number - 1) : book->n;

  if (r_at)
    *r_at = at;
  return at < book->n && book->entry[at]->grant.number == number
         ? book->entry[at] : NULL;
}

static void
forget_entry (grants_t book, struct entry *entry, size_t at)
{
  struct linking l = { book, entry, false };

  grants_keys_of (&entry->grant, unlink_key, &l);
  forget_person (book, entry->grant.what.user);
  if (entry->grant.what.once)
    unlink_once (book, entry);
  book->n--;
  memmove (book->entry + at, book->entry + at + 1,
           (book->n - at) * sizeof *book->entry);
  free (entry);
}


static void
first_key (void *hook, const struct grants_key *key)
{
  struct grants_key *first = hook;

  if (!first->dport)
    *first = *key;
}

const struct grant *
grants_same (grants_t book, const struct packet_grant *what)
{
  struct grants_key key = { 0 };
  struct element *e;
  struct owner *o;

  grants_keys (what, first_key, &key);
  e = *find_element (book, &key);
  for (o = e? e->owners : NULL; o; o = o->next)
    if (!strcmp (o->entry->grant.what.user, what->user)
        && netspec_ports_cover (&o->entry->grant.what.ports, &what->ports)
        && netspec_ports_cover (&what->ports, &o->entry->grant.what.ports))
      return &o->entry->grant;
  return NULL;
}

gpg_error_t
grants_add (grants_t book, struct grant *grant)
{
  struct person *person = find_grantee (book, grant->what.user);
  gpg_error_t err;

  if (book->n >= GRANTS_MAX || (person && person->n >= GRANTS_MAX_USER))
    return gpg_error (GPG_ERR_LIMIT_REACHED);
  grant->number = 0;
  err = grants_store_put (book->store, grant);
  if (err)
    return err;
  err = remember_entry (book, grant);
  if (err)
    grants_store_remove (book->store, grant->number);
  return err;
}

gpg_error_t
grants_replace (grants_t book, const struct grant *grant)
{
  struct entry *entry = find_entry (book, grant->number, NULL);
  struct grant copy = *grant;
  gpg_error_t err;

  if (!entry)
    return gpg_error (GPG_ERR_NOT_FOUND);
  err = grants_store_put (book->store, &copy);
  if (err)
    return err;
  /* The ports in the order in which they are linked.  */
  copy.what.ports = entry->grant.what.ports;
  entry->grant = copy;
  if (copy.ends < book->first_end)
    book->first_end = copy.ends;
  return 0;
}

gpg_error_t
grants_take (grants_t book, uint64_t number,
             const struct grants_taken *taken)
{
  struct entry *entry = find_entry (book, number, NULL);
  struct linking l = { book, entry, false };
  struct grant copy;
  gpg_error_t err;

  if (!entry)
    return gpg_error (GPG_ERR_NOT_FOUND);
  copy = entry->grant;
  copy.taken = *taken;
  grants_keys_of (&copy, link_key, &l);
  err = l.failed ? gpg_error (GPG_ERR_ENOMEM)
    : grants_store_put (book->store, &copy);
  grants_keys_of (err ? &copy : &entry->grant, unlink_key, &l);
  if (!err)
    entry->grant = copy;
  return err;
}

gpg_error_t
grants_remove (grants_t book, uint64_t number)
{
  struct entry *entry;
  size_t at;

  entry = find_entry (book, number, &at);
  if (!entry)
    return gpg_error (GPG_ERR_NOT_FOUND);
  forget_entry (book, entry, at);
  return grants_store_remove (book->store, number);
}

void
grants_begin (grants_t book)
{
  grants_store_begin (book->store);
}

gpg_error_t
grants_end (grants_t book)
{
  return grants_store_end (book->store);
}

size_t
grants_count (grants_t book)
{
  return book->n;
}

size_t
grants_count_once (grants_t book)
{
  return book->n_once;
}

const struct grant *
grants_next (grants_t book, uint64_t after)
{
  size_t at = find_above (book, after);

  return at < book->n? &book->entry[at]->grant : NULL;
}

const struct grant *
grants_next_once (grants_t book, uint64_t after)
{
  struct entry *entry = after? find_entry (book, after, NULL) : NULL;

  if (entry && entry->grant.what.once)
    entry = entry->newer;
  else
    for (entry = book->oldest_once; entry && entry->grant.number <= after; )
      entry = entry->newer;
  return entry? &entry->grant : NULL;
}

uint64_t
grants_first_end (grants_t book)
{
  uint64_t first = 0;
  size_t i;

  if (!book->n || book->first_end > ticks_boot_ms ())
    return book->n? book->first_end : 0;
  for (i = 0; i < book->n; i++)
    if (!first || book->entry[i]->grant.ends < first)
      first = book->entry[i]->grant.ends;
  book->first_end = first;
  return first;
}


static void
empty_book (grants_t book)
{
  while (book->n)
    forget_entry (book, book->entry[book->n - 1], book->n - 1);
}

gpg_error_t
grants_open (const char *path, grants_t *r_book)
{
  grants_t book;
  gpg_error_t err;

  *r_book = NULL;
  book = calloc (1, sizeof *book);
  if (!book)
    return gpg_error_from_syserror ();
  book->n_buckets = FIRST_BUCKETS;
  book->bucket = calloc (book->n_buckets, sizeof *book->bucket);
  if (!book->bucket)
    {
      free (book);
      return gpg_error (GPG_ERR_ENOMEM);
    }
  err = grants_store_open (path, remember_entry, book, &book->store);
  if (gpg_err_code (err) == GPG_ERR_BAD_DATA
      || gpg_err_code (err) == GPG_ERR_UNKNOWN_VERSION)
    {
      log_warn ("%s: %s; it is created again, and all grants end", path,
                gpg_err_code (err) == GPG_ERR_BAD_DATA
                ? "not a book of grants"
                : "made by another version of Postern");
      empty_book (book);
      grants_store_unlink (path);
      err = grants_store_open (path, remember_entry, book, &book->store);
    }
  if (err)
    grants_release (book);
  else
    *r_book = book;
  return err;
}

void
grants_release (grants_t book)
{
  if (!book)
    return;
  empty_book (book);
  grants_store_close (book->store);
  free (book->entry);
  free (book->bucket);
  free (book->person);
  free (book);
}
