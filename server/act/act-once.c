/* act-once.c - Grants that end with their first connection.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The kernel removes the element when the first packet passes, and remembers
 * the connection in a set of its own until its handshake is over, because a
 * packet of the handshake may get lost.  There is no event for this, so act
 * looks now and then which elements are gone.  If the handshake is not over,
 * the grant is tied to that one connection, and is listed, closed and ended
 * like any other; if it is over, the grant ends.  */

#include "act.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "../../common/base/log.h"
#include "../../common/base/ticks.h"

#define LOOK_MOST 256           /* Elements of one look.  */

/* Is one of the elements of a grant gone before its time?  */
struct look
{
  struct act *act;
  uint64_t number;
  unsigned int asked;           /* Elements that the kernel was asked for.  */
  bool used;
};


static void
look_at_element (void *hook, const struct grants_key *key)
{
  struct look *look = hook;
  struct firewall_element element;

  /* A connection uses the oldest of the grants that share an element.  */
  if (look->used
      || grants_key_oldest (look->act->book, key) != look->number)
    return;
  act_element (&element, key);
  look->asked++;
  look->used = !firewall_has (look->act->firewall, &element);
}


static struct look
look_at_grant (struct act *act, const struct grant *grant)
{
  struct look look = { act, grant->number, 0, false };

  grants_keys_of (grant, look_at_element, &look);
  return look;
}


/* ------------------ connections that are being made ------------------ */

/* Called for each of them; false: that is enough.  */
typedef bool (*found_t) (void *hook, const struct grants_key *key);


/* {"elem": {"val": {"concat": ["198.51.100.7", 6, 50000, 22]}, ... */
static bool
read_elem (json_t *item, struct grants_key *key)
{
  struct net_addr addr;
  const char *text;
  json_int_t n[3];

  if (json_unpack (item, "{s{s{s[sIII]}}}", "elem", "val", "concat", &text,
                   &n[0], &n[1], &n[2])
      || netspec_addr_parse (text, &addr) || n[0] < 0 || n[0] > UINT8_MAX
      || n[1] < 0 || n[1] > UINT16_MAX || n[2] < 1 || n[2] > UINT16_MAX)
    return false;
  memset (key, 0, sizeof *key);
  key->kind = GRANTS_ADMITTED;
  key->family = addr.family;
  key->proto = (uint8_t)n[0];
  key->sport = (uint16_t)n[1];
  key->dport = (uint16_t)n[2];
  memcpy (key->addr, addr.bytes, sizeof key->addr);
  return true;
}


static gpg_error_t
for_admitted (struct act *act, sa_family_t family, found_t found, void *hook)
{
  json_t *root, *entry, *item;
  struct grants_key key;
  json_error_t error;
  char *text;
  size_t i, k;
  gpg_error_t err = firewall_list_admitted (act->firewall, family, &text);

  if (err)
    return err;
  root = json_loads (text, 0, &error);
  free (text);
  if (!root)
    return gpg_error (GPG_ERR_BAD_DATA);
  json_array_foreach (json_object_get (root, "nftables"), i, entry)
    json_array_foreach (json_object_get (json_object_get (entry, "set"),
                                         "elem"), k, item)
      if (read_elem (item, &key) && !found (hook, &key))
        goto leave;

 leave:
  json_decref (root);
  return 0;
}


struct search
{
  struct act *act;
  const struct grant *grant;
  struct grants_taken taken;    /* DPORT 0: nothing found yet.  */
};


/* The first connection that GRANT admits and no other grant is tied to.  */
static bool
is_taken_by (void *hook, const struct grants_key *key)
{
  struct search *search = hook;
  const struct packet_grant *what = &search->grant->what;
  struct port_set port = { .n = 1 };

  port.range[0].proto = key->proto;
  port.range[0].first = port.range[0].last = key->dport;
  if (memcmp (key->addr, what->addr.bytes, sizeof key->addr)
      || (what->bind && what->bind != key->sport)
      || !netspec_ports_cover (&what->ports, &port)
      || grants_key_oldest (search->act->book, key))
    return true;
  search->taken.proto = key->proto;
  search->taken.sport = key->sport;
  search->taken.dport = key->dport;
  return false;
}


/* What GRANT was used for; DPORT is 0 if the handshake of that connection is
   over, or if it cannot be found.  */
static struct grants_taken
find_taken (struct act *act, const struct grant *grant)
{
  struct search search = { act, grant, { 0, 0, 0 } };

  if (!grant->taken.dport
      && for_admitted (act, grant->what.addr.family, is_taken_by, &search))
    log_warn ("nftables: %s", firewall_message (act->firewall));
  return search.taken;
}


/* Tie GRANT to its connection TAKEN; false if its handshake is over by now. */
static bool
tie_grant (struct act *act, const struct grant *grant,
           const struct grants_taken *taken)
{
  struct grant before = *grant;
  struct firewall_element element;
  uint64_t now = ticks_boot_ms ();

  if (grants_take (act->book, grant->number, taken))
    return false;
  act_withdraw (act, &before);
  grants_keys_of (grant, act_element, &element);
  element.left = grant->ends > now ? grant->ends - now : 0;
  return !firewall_renew (act->firewall, &element);
}


/* ------------------------------- looks ------------------------------- */

/* If another program changed the table, a missing element does not mean that
   it was used: act_watch has put it back.  So all changes have to be settled
   and read before the grant is ended.  */
static unsigned int
end_used (struct act *act, const struct grant *grant)
{
  struct look look = look_at_grant (act, grant);
  bool settled = look.used && !firewall_settle (act->firewall);
  struct grants_taken taken;

  if (!settled || act_watch (act))
    return look.asked;
  taken = find_taken (act, grant);
  /* Either also sets the element again for the next grant that shares it.  */
  if (!taken.dport || !tie_grant (act, grant, &taken))
    act_end_grant (act, grant, "used");
  return look.asked;
}


void
act_look_once (struct act *act)
{
  const struct grant *grant = grants_next_once (act->book, act->last_looked_at);
  unsigned int asked = 0;

  while (grant && asked < LOOK_MOST)
    {
      act->last_looked_at = grant->number;
      asked += end_used (act, grant);
      grant = grants_next_once (act->book, act->last_looked_at);
    }
  if (!grant)
    act->last_looked_at = 0;    /* From the first one, the next time.  */
}


static void
look_behind_key (void *hook, const struct grants_key *key)
{
  struct act *act = hook;
  uint64_t number = grants_key_oldest (act->book, key);

  if (number)
    end_used (act, grants_next (act->book, number - 1));
}


void
act_look_behind (struct act *act, const struct packet_grant *what)
{
  if (what->once)
    grants_keys (what, look_behind_key, act);
}


/* First find all, then remove them: once the oldest grant of a missing element
   is removed, the next one would seem to be used too.  */
gpg_error_t
act_forget_used (struct act *act)
{
  const struct grant *grant;
  struct grants_taken taken;
  uint64_t *used;
  size_t i, n = 0;

  /* A table that shut_first made does not show what was used.  */
  if (!grants_count_once (act->book) || act->found_empty
      || !firewall_is_there (act->firewall))
    return 0;
  used = calloc (grants_count_once (act->book), sizeof *used);
  if (!used)
    return gpg_error_from_syserror ();
  for (grant = grants_next_once (act->book, 0); grant;
       grant = grants_next_once (act->book, grant->number))
    if (look_at_grant (act, grant).used)
      used[n++] = grant->number;
  for (i = 0; i < n; i++)
    {
      grant = grants_next (act->book, used[i] - 1);
      taken = find_taken (act, grant);
      if (taken.dport && !grants_take (act->book, used[i], &taken))
        continue;
      act_tell (act, CONFIG_ON_CLOSE, &grant->what, "used");
      grants_remove (act->book, used[i]);
    }
  free (used);
  return 0;
}


/* ------------------------------ the rest ------------------------------ */

struct sweep
{
  struct act *act;
  struct firewall_element element[LOOK_MOST];
  size_t n;
};


/* Collect a connection that no grant is tied to or will be tied to.  */
static bool
is_left_over (void *hook, const struct grants_key *key)
{
  struct sweep *sweep = hook;
  grants_t book = sweep->act->book;
  struct grants_key bindonce = *key, once = *key;

  bindonce.kind = GRANTS_BINDONCE;
  once.kind = GRANTS_ONCE;
  once.sport = 0;
  if (grants_key_oldest (book, key) || grants_key_oldest (book, &once)
      || grants_key_oldest (book, &bindonce))
    return true;
  act_element (sweep->element + sweep->n++, key);
  return sweep->n < LOOK_MOST;
}


/* At most LOOK_MOST of a family; the kernel ends the others after seconds.  */
void
act_sweep_admitted (struct act *act)
{
  static const sa_family_t family[] = { AF_INET, AF_INET6 };
  struct sweep sweep;
  size_t i;

  sweep.act = act;
  for (i = 0; i < 2; i++)
    {
      sweep.n = 0;
      if (for_admitted (act, family[i], is_left_over, &sweep)
          || (sweep.n && firewall_change (act->firewall, sweep.element,
                                          sweep.n)))
        log_warn ("nftables: %s", firewall_message (act->firewall));
    }
}
