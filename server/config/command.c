/* command.c - From a command's template and arguments to an argv.
 * SPDX-License-Identifier: LGPL-2.1-or-later  */

#include "command.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const fact_names[COMMAND_N_FACTS] =
  {
    [COMMAND_EVENT] = "event",
    [COMMAND_HOST] = "host",
    [COMMAND_USER] = "user",
    [COMMAND_SOURCE] = "source",
    [COMMAND_ADDRESS] = "address",
    [COMMAND_PORTS] = "ports",
    [COMMAND_RULE] = "rule",
    [COMMAND_REQUEST] = "request",
    [COMMAND_REASON] = "reason"
  };


/* One "{name}", or text as it stands, of a template.  */
struct piece
{
  const char *text;
  size_t len;
  bool name;
};


/* Take the next piece off *R_POS; false at the end.  A '{' or '}' that is
   no part of either form makes *R_BAD true.  */
static bool
next_piece (const char **r_pos, struct piece *r_piece, bool *r_bad)
{
  const char *pos = *r_pos;

  r_piece->name = false;
  r_piece->text = pos;
  r_piece->len = strcspn (pos, "{}");
  if (!*pos)
    return false;
  if (!r_piece->len && pos[0] == pos[1])
    {
      r_piece->len = 1;
      *r_pos = pos + 2;
      return true;
    }
  if (!r_piece->len)
    {
      r_piece->name = true;
      r_piece->text = pos + 1;
      r_piece->len = strcspn (pos + 1, "{}");
      *r_bad = *pos != '{' || pos[1 + r_piece->len] != '}';
      if (*r_bad)
        return false;
      *r_pos = pos + r_piece->len + 2;
      return true;
    }
  *r_pos = pos + r_piece->len;
  return true;
}


static bool
has_placeholder_name (const struct piece *piece, const char *name)
{
  return strlen (name) == piece->len
         && !memcmp (name, piece->text, piece->len);
}


static size_t
find_arg (const struct config_command *command, const struct piece *piece)
{
  size_t i;

  for (i = 0; i < command->n_args; i++)
    if (has_placeholder_name (piece, command->arg[i].name))
      break;
  return i;
}


static size_t
find_fact (const struct piece *piece)
{
  size_t i;

  for (i = 0; i < COMMAND_N_FACTS; i++)
    if (has_placeholder_name (piece, fact_names[i]))
      break;
  return i;
}


static gpg_error_t GPGRT_ATTR_PRINTF (2, 3)
refuse_argument (char **r_why, const char *format, ...)
{
  va_list ap;

  va_start (ap, format);
  if (vasprintf (r_why, format, ap) < 0)
    *r_why = NULL;
  va_end (ap);
  return gpg_error (GPG_ERR_INV_VALUE);
}


/* Check the item ITEM; USED (a bool for each arg) tells which it names.  */
static gpg_error_t
check_item (const struct config_command *command, const char *item,
            bool *used, char **r_why)
{
  const char *pos = item;
  struct piece piece;
  bool bad = false;
  size_t i;

  while (next_piece (&pos, &piece, &bad))
    {
      if (!piece.name)
        continue;
      i = find_arg (command, &piece);
      if (i == command->n_args)
        return refuse_argument (r_why, "'{%.*s}' is not one of its args",
                                (int)piece.len, piece.text);
      used[i] = true;
    }
  return bad ? refuse_argument (r_why, "a stray brace in '%.60s'; write '{{' or"
                                " '}}' for a literal one", item) : 0;
}


gpg_error_t
command_check_templates (const struct config_command *command, char **r_why)
{
  const struct strlist *argv = &command->program.argv;
  bool used[REQUEST_MAX_ARGS] = { false };
  gpg_error_t err = 0;
  size_t i;

  *r_why = NULL;
  if (strpbrk (argv->item[0], "{}"))
    return refuse_argument (r_why, "the program '%.60s' must be a fixed path",
                            argv->item[0]);
  for (i = 1; !err && i < argv->n; i++)
    err = check_item (command, argv->item[i], used, r_why);
  for (i = 0; !err && i < command->n_args; i++)
    if (!used[i] && !command->stdin_args)
      err = refuse_argument (r_why, "no item of argv uses the arg '%s'",
                             command->arg[i].name);
  return err;
}


/* True for what another request for the same grant says otherwise.  */
static bool
is_passing (size_t fact)
{
  return fact == COMMAND_SOURCE || fact == COMMAND_REQUEST
         || fact == COMMAND_REASON;
}


gpg_error_t
command_check_facts (const struct strlist *argv, bool lasting,
                     char **r_why)
{
  struct piece piece;
  const char *pos;
  bool bad, word;
  size_t i, fact;

  *r_why = NULL;
  for (i = 0; i < argv->n; i++)
    {
      bad = word = false;
      for (pos = argv->item[i]; next_piece (&pos, &piece, &bad); )
        {
          fact = find_fact (&piece);
          if (piece.name && (!i || fact == COMMAND_N_FACTS
                             || (lasting && is_passing (fact))))
            return refuse_argument (r_why, "'{%.*s}' is not allowed there; see"
                                    " postern-access.conf(5)", (int)piece.len,
                                    piece.text);
          /* A person's own words must not become an option; a fact before
             them may be empty.  */
          if (piece.name && fact == COMMAND_REASON && !word)
            return refuse_argument (r_why, "put a word before '{reason}'");
          word |= !piece.name;
        }
      if (bad)
        return refuse_argument (r_why, "a stray brace in '%.60s'",
                                argv->item[i]);
    }
  return 0;
}


/* Gives the value of a name in a template, into FP.  */
typedef void (*fill_t) (void *hook, const struct piece *piece, FILE *fp);


static gpg_error_t
fill_item (const char *item, fill_t fill, void *hook,
           struct strlist *argv)
{
  const char *pos = item;
  struct piece piece;
  char *text = NULL;
  size_t len;
  FILE *fp = open_memstream (&text, &len);
  gpg_error_t err = 0;
  bool bad = false;

  if (!fp)
    return gpg_error_from_syserror ();
  while (next_piece (&pos, &piece, &bad))
    if (piece.name)
      fill (hook, &piece, fp);
    else
      fwrite (piece.text, 1, piece.len, fp);
  if (fclose (fp))
    err = gpg_error_from_syserror ();
  if (!err)
    err = bad ? gpg_error (GPG_ERR_INV_VALUE) : strlist_append (argv, text);
  free (text);
  return err;
}


/* The values of a command's args, in their order.  */
struct values
{
  const struct config_command *command;
  const char *value[REQUEST_MAX_ARGS];
};


static void
fill_arg (void *hook, const struct piece *piece, FILE *fp)
{
  struct values *values = hook;
  size_t i = find_arg (values->command, piece);

  if (i == values->command->n_args)
    return;
  if (values->command->arg[i].kind == CONFIG_ARG_FILE)
    fprintf (fp, "%s/", values->command->arg[i].folder);
  fputs (values->value[i], fp);
}


static gpg_error_t
refuse_arg (char **r_why, const char *name, const char *why)
{
  if (asprintf (r_why, "%s: %s", name, why) < 0)
    *r_why = NULL;
  return gpg_error (GPG_ERR_INV_ARG);
}


/* Each argument that was given is one of the command's, and fits.  */
static gpg_error_t
take_values (const struct request_arg *arg, size_t n, struct values *values,
             char **r_why)
{
  const struct config_command *command = values->command;
  const char *why;
  size_t i, j;

  for (i = 0; i < command->n_args; i++)
    values->value[i] = command->arg[i].preset;
  for (j = 0; j < n; j++)
    {
      for (i = 0; i < command->n_args; i++)
        if (!strcmp (command->arg[i].name, arg[j].name))
          break;
      if (i == command->n_args)
        return refuse_arg (r_why, arg[j].name, "the command has no such"
                           " argument");
      if (!command_value_fits (&command->arg[i], arg[j].value, &why))
        return refuse_arg (r_why, arg[j].name, why);
      values->value[i] = arg[j].value;
    }
  for (i = 0; i < command->n_args; i++)
    if (!values->value[i])
      return refuse_arg (r_why, command->arg[i].name, "missing");
  return 0;
}


static gpg_error_t
resolve_line (const struct config_command *command,
              const struct request_arg *arg, size_t n,
              struct strlist *argv, char **r_why)
{
  gpg_error_t err;
  const char *why;

  if (n != 1 || strcmp (arg->name, REQUEST_ARG_LINE))
    return refuse_arg (r_why, REQUEST_ARG_LINE,
                       "exactly this argument is accepted");
  if (!command_line_fits (arg->value, &why))
    return refuse_arg (r_why, REQUEST_ARG_LINE, why);
  err = strlist_append (argv, command->shell);
  if (!err)
    err = strlist_append (argv, "-c");
  return err ? err : strlist_append (argv, arg->value);
}


static gpg_error_t
check_size (const struct strlist *argv, char **r_why)
{
  size_t i, len = 0;

  for (i = 0; i < argv->n; i++)
    len += strlen (argv->item[i]) + 1;
  return len > COMMAND_MAX_ARGV
    ? refuse_arg (r_why, "argv", "too long") : 0;
}


gpg_error_t
command_resolve (const struct config_command *command,
                 const struct request_arg *arg, size_t n,
                 struct strlist *argv, char **r_why)
{
  const struct strlist *template = &command->program.argv;
  struct values values = { command, { NULL } };
  gpg_error_t err = 0;
  size_t i;

  *r_why = NULL;
  if (command->free_form)
    err = resolve_line (command, arg, n, argv, r_why);
  else
    err = take_values (arg, n, &values, r_why);
  for (i = 0; !err && !command->free_form && i < template->n; i++)
    err = fill_item (template->item[i], fill_arg, &values, argv);
  if (!err)
    err = check_size (argv, r_why);
  if (err)
    {
      strlist_release (argv);
      memset (argv, 0, sizeof *argv);
    }
  return err;
}


const char *
command_value (const struct config_arg *arg, const struct request_arg *given,
               size_t n)
{
  size_t i;

  for (i = 0; i < n; i++)
    if (!strcmp (given[i].name, arg->name))
      return given[i].value;
  return arg->preset;
}


/* No value has a line feed.  */
gpg_error_t
command_input (const struct config_command *command,
               const struct request_arg *given, size_t n,
               char **r_text, size_t *r_len)
{
  const char *value;
  FILE *fp;
  size_t i;

  *r_text = NULL;
  fp = open_memstream (r_text, r_len);
  if (!fp)
    return gpg_error_from_syserror ();
  for (i = 0; i < command->n_args; i++)
    if ((value = command_value (command->arg + i, given, n)))
      fprintf (fp, "%s=%s\n", command->arg[i].name, value);
  return fclose (fp) ? gpg_error_from_syserror () : 0;
}


static void
fill_fact (void *hook, const struct piece *piece, FILE *fp)
{
  const char *const *fact = hook;
  size_t i = find_fact (piece);

  if (i < COMMAND_N_FACTS && fact[i])
    fputs (fact[i], fp);
}


gpg_error_t
command_resolve_facts (const struct strlist *templates,
                       const char *const *fact, struct strlist *argv)
{
  gpg_error_t err = 0;
  size_t i;

  for (i = 0; !err && i < templates->n; i++)
    err = fill_item (templates->item[i], fill_fact, (void *)fact, argv);
  return err;
}


/* Plain text, or in single quotes.  */
static void
print_item (FILE *fp, const char *item)
{
  static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-";
  const char *p;

  if (*item && strspn (item, plain) == strlen (item))
    {
      fputs (item, fp);
      return;
    }
  putc ('\'', fp);
  for (p = item; *p; p++)
    if (*p == '\'')
      fputs ("'\\''", fp);
    else
      putc (*p, fp);
  putc ('\'', fp);
}


char *
command_print (const struct strlist *argv)
{
  char *text = NULL;
  size_t i, len;
  FILE *fp = open_memstream (&text, &len);

  if (!fp)
    return NULL;
  for (i = 0; i < argv->n; i++)
    {
      if (i)
        putc (' ', fp);
      print_item (fp, argv->item[i]);
    }
  if (fclose (fp))
    {
      free (text);
      return NULL;
    }
  return text;
}
