/* keys-options.c - The options of all verbs of postern-keys: one table.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * Only what an option says by itself is checked here; what the configuration
 * must allow is left to the verbs, which read it under the roster's lock.  */

#include "keys-options.h"

#include <string.h>
#include "../common/base/encode.h"
#include "../common/base/netspec.h"
#include "../common/wire/invite.h"
#include "roster/doors.h"


KIT_TAKE (group)
{
  struct options *opt = values;

  if (!netspec_name_valid (text, strlen (text)))
    return kit_usage (verb, "'%s' is not a valid group name (lower-case "
                      "letters, digits, '.', '_', '-')", text);
  if (opt->n_groups == TABLE_MAX_GROUPS)
    return kit_usage (verb, "more than %d groups", TABLE_MAX_GROUPS);
  opt->group[opt->n_groups++] = text;
  return KIT_GO_ON;
}


KIT_TAKE (door)
{
  if (!netspec_name_valid (text, strlen (text)))
    return kit_usage (verb, "'%s' is not a valid door name", text);
  ((struct options *) values)->door = text;
  return KIT_GO_ON;
}


/* A date, which the configuration's parser checks in full.  */
KIT_TAKE (date)
{
  struct options *opt = values;
  size_t len = strlen (text);

  if (!len || len > 10 || strspn (text, "0123456789-") != len)
    return kit_usage (verb, "--%s takes a date like 2027-01-31",
                      option->name);
  if (!strcmp (option->name, "ends"))
    opt->ends = text;
  else
    opt->expires = text;
  return KIT_GO_ON;
}


KIT_TAKE (by)
{
  if (!netspec_fpr_valid (text, strlen (text)))
    return kit_usage (verb, "--by takes a full fingerprint");
  ((struct options *) values)->by = text;
  return KIT_GO_ON;
}


/* One line, which the audit takes.  */
KIT_TAKE (why)
{
  size_t len = strlen (text);

  if (!len || len > OPTIONS_MAX_WHY || strchr (text, '\n')
      || !encode_is_clean (text, len))
    return kit_usage (verb, "--why takes one line of 1 to %d bytes",
                      OPTIONS_MAX_WHY);
  ((struct options *) values)->why = text;
  return KIT_GO_ON;
}


KIT_TAKE (grace)
{
  struct options *opt = values;

  if (netspec_duration_parse (text, &opt->grace)
      || opt->grace > DOORS_MAX_GRACE)
    return kit_usage (verb, "--grace takes a duration like 7d, at most"
                      " 365d; with 0s the old key stops working at once");
  opt->has_grace = true;
  return KIT_GO_ON;
}


KIT_TAKE (fd)
{
  unsigned long long fd;

  if (decode_decimal (text, strlen (text), 1023, &fd))
    return kit_usage (verb, "'%s' is not a descriptor", text);
  ((struct options *) values)->fd = (int) fd;
  return KIT_GO_ON;
}


/* For init.  */
KIT_TAKE (own_key)
{
  if (!netspec_fpr_valid (text, strlen (text)))
    return kit_usage (verb, "--key takes the full fingerprint of a primary"
                      " key, in capitals and without blanks");
  ((struct options *) values)->key = text;
  return KIT_GO_ON;
}


KIT_TAKE (address)
{
  struct skeleton *conf = &((struct options *) values)->skeleton;

  if (!invite_address_valid (text, strlen (text)))
    return kit_usage (verb, "'%s' is not an address", text);
  if (conf->n_addresses == INVITE_MAX_ADDRESSES)
    return kit_usage (verb, "more than %d addresses", INVITE_MAX_ADDRESSES);
  conf->address[conf->n_addresses++] = text;
  return KIT_GO_ON;
}


KIT_TAKE (interface)
{
  struct skeleton *conf = &((struct options *) values)->skeleton;
  size_t len = strlen (text);

  if (!len || len > 15 || strspn (text, "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789._@-") != len)
    return kit_usage (verb, "'%s' is not an interface", text);
  if (conf->n_interfaces == SKELETON_MAX_INTERFACES)
    return kit_usage (verb, "more than %d interfaces",
                      SKELETON_MAX_INTERFACES);
  conf->interface[conf->n_interfaces++] = text;
  return KIT_GO_ON;
}


KIT_TAKE (port)
{
  unsigned long long port;

  if (decode_decimal (text, strlen (text), 65535, &port) || !port)
    return kit_usage (verb, "'%s' is not a port", text);
  ((struct options *) values)->skeleton.port = (uint16_t) port;
  return KIT_GO_ON;
}


KIT_TAKE (protect)
{
  struct port_set set;
  bool none = !strcmp (text, "none");

  if (!none && netspec_ports_parse (text, &set))
    return kit_usage (verb, "'%s' is not a list of ports like"
                      " tcp/22,udp/500", text);
  ((struct options *) values)->skeleton.protect = none ? "" : text;
  return KIT_GO_ON;
}


KIT_TAKE (folder)
{
  struct options *opt = values;

  if (*text != '/' || strpbrk (text, "'\"\\\n$") || strlen (text) > 80)
    return kit_usage (verb, "'%s': give an absolute path of at most 80"
                      " plain characters", text);
  if (!strcmp (option->name, "config"))
    opt->dir = text;
  else if (!strcmp (option->name, "state"))
    opt->skeleton.state = text;
  else
    opt->skeleton.runtime = text;
  return KIT_GO_ON;
}


/* How a row is taken: put into a field as it is, or checked by a function.  */
#define PUT(field) offsetof (struct options, field), NULL
#define VIA(function) 0, function

const struct kit_option options_table[] =
  {
    { "key", 0, "FPR",
      "take this key out of your own GnuPG home\ninstead of making one",
      VERB_INIT, VIA (take_own_key) },
    { "address", 0, "ADDRESS",
      "where people reach this host (repeat for more)", VERB_INIT,
      VIA (take_address) },
    { "interface", 0, "NAME", "listen on this interface (repeat; default: any)",
      VERB_INIT, VIA (take_interface) },
    { "port", 0, "N", "UDP port for packets (default: 62201)", VERB_INIT,
      VIA (take_port) },
    { "protect", 0, "PORTS", "close these (default: tcp/22; 'none' for none)",
      VERB_INIT, VIA (take_protect) },
    { "key", 0, "KEY",
      "their public key: a file of gpg --export, the\n"
      "full fingerprint of one in root's keyring,\n"
      "wkd:ADDRESS or hkps://HOST/FPR", VERB_ENROLL, PUT (key) },
    { "key", 0, "KEY", "their new public key, as for enroll", VERB_REPLACE,
      PUT (key) },
    { "fpr", 0, "FPR",
      "the fingerprint that they told you, which must\n"
      "match (default: ask on the terminal)", VERB_ENROLL | VERB_REPLACE,
      PUT (fpr) },
    { "group", 0, "GROUP", "put them into this group (repeat for more)",
      VERB_ENROLL, VIA (take_group) },
    { "door", 0, "NAME", "only through this door", VERB_ENROLL,
      VIA (take_door) },
    { "expires", 0, "DATE", "end their access then: 2027-01-31 (UTC)",
      VERB_ENROLL, VIA (take_date) },
    { "all", 0, "DIR", "write one for everybody to DIR/USER.invite",
      VERB_INVITE, PUT (all) },
    { "by", 0, "FPR", "also sign the invite with this key of your own",
      VERB_ENROLL | VERB_INVITE, VIA (take_by) },
    { "update", 0, NULL,
      "they are enrolled: take new subkeys, expiry dates\n"
      "and revocations of the same primary key", VERB_ENROLL,
      PUT (update) },
    { "batch", 0, "DIR|FILE",
      "many people at once, whose keys are in NAME.pgp,\n"
      ".gpg or .asc each, or in one file", VERB_ENROLL, PUT (batch) },
    { "fprs", 0, "LIST", "with --batch: lines NAME,FINGERPRINT[,GROUP]...",
      VERB_ENROLL, PUT (fprs) },
    { "invites", 0, "DIR", "with --batch: write each to DIR/NAME.invite",
      VERB_ENROLL, PUT (invites) },
    { "until", 0, "TIME",
      "for +: until then: 8h, 2d (from now), 2027-01-31 (UTC)", VERB_GROUP,
      PUT (until) },
    { "why", 0, "TEXT", "for the audit", VERB_GROUP | VERB_REVOKE,
      VIA (take_why) },
    { "ends", 0, "DATE", "add: let the door end then: 2027-01-31 (UTC)",
      VERB_DOOR, VIA (take_date) },
    { "grace", 0, "TIME",
      "rotate: let the old key work for so long\n"
      "(default: 7d; 0s: not at all)", VERB_DOOR, VIA (take_grace) },
    { "force", 0, NULL, "remove: even if that shuts people out", VERB_DOOR,
      PUT (force) },
    { "fd", 0, "N",
      "read it from the first line of this descriptor\n"
      "(default: ask twice on the terminal)", VERB_PASSWD, VIA (take_fd) },
    { "delete", 0, NULL, "delete the password", VERB_PASSWD,
      PUT (delete) },
    { "json", 0, NULL, "JSON, for programs",
      VERB_LIST | VERB_SHOW | VERB_CHECK, PUT (json) },
    { "json", 0, NULL, "list: one JSON array", VERB_DOOR, PUT (json) },
    { "json", 0, NULL, "names, fingerprints and groups instead", VERB_EXPORT,
      PUT (json) },
    { "config", 0, "DIR", "instead of " POSTERN_SYSCONFDIR, VERB_INIT,
      VIA (take_folder) },
    { "config", 0, "DIR", "instead of " POSTERN_SYSCONFDIR,
      ~(unsigned int) VERB_INIT, PUT (dir) },
    { "state", 0, "DIR", "instead of " POSTERN_STATEDIR, VERB_INIT,
      VIA (take_folder) },
    { "runtime", 0, "DIR", "instead of " POSTERN_RUNDIR, VERB_INIT,
      VIA (take_folder) },
    { NULL, 0, NULL, NULL, 0, 0, NULL }
  };


/* "-GROUP" would be read as an option, so these words are taken out of ARGV
   first.  Returns how many are left.  */
static int
take_changes (struct options *opt, int argc, char **argv)
{
  int i, left = 1;

  for (i = 1; i < argc; i++)
    if ((*argv[i] == '+' || (*argv[i] == '-' && argv[i][1] != '-'))
        && argv[i][1] && opt->n_changes < OPTIONS_MAX_CHANGES)
      opt->change[opt->n_changes++] = argv[i];
    else
      {
        argv[left++] = argv[i];
        /* The value of an option may begin with a sign, too.  */
        if ((!strcmp (argv[i], "--why") || !strcmp (argv[i], "--until")
             || !strcmp (argv[i], "--config")) && i + 1 < argc)
          argv[left++] = argv[++i];
      }
  argv[left] = NULL;
  return left;
}


int
options_parse (const struct kit_verb *verb, int argc, char **argv,
               struct options *r_options)
{
  struct options *opt = r_options;
  struct kit_args args;
  int rc;

  memset (opt, 0, sizeof *opt);
  opt->dir = POSTERN_SYSCONFDIR;
  opt->fd = -1;
  opt->skeleton.port = 62201;
  opt->skeleton.protect = "tcp/22";
  if (verb->bits == VERB_GROUP
      && !(argc == 2 && !strcmp (argv[1], "-h")))
    argc = take_changes (opt, argc, argv);
  rc = kit_parse (verb, argc, argv, opt, &args);
  opt->n_args = args.n;
  opt->arg = args.arg;
  opt->user = args.n ? args.arg[0] : NULL;
  return rc;
}


int
options_user (const struct options *opt, const char *verb,
              enum options_user whom)
{
  if (whom == OPTIONS_ANY)
    return KIT_GO_ON;
  if (whom == OPTIONS_ONE && opt->n_args != 1)
    return kit_usage (verb, "one USER is needed");
  if (opt->n_args > (whom == OPTIONS_NOBODY ? 0 : 1))
    return kit_usage (verb, "unexpected argument '%s'",
                      opt->arg[opt->n_args - 1]);
  return KIT_GO_ON;
}
