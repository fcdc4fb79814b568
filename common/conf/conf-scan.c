/* conf-scan.c - From a text to marks of what stands where.
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * One token after the other, with no way back: an option or a section that
 * the grammar does not list, or that is repeated, ends the walk, as does any
 * character that begins no token.  Nothing is ever expanded, included or
 * added to: "${", "+=" and "include()" are refused, with a word of what to
 * write instead.  No value is looked at here.  */

#include "conf-scan.h"

#include <stdlib.h>
#include <string.h>
#include "../base/array.h"
#include "../base/meant.h"

enum token_kind
  {
    TOKEN_END,
    TOKEN_WORD,                 /* Without quotes.  */
    TOKEN_STRING,
    TOKEN_SIGN                  /* One of { } = ,  */
  };

struct token
{
  enum token_kind kind;
  char *text;                   /* Without the quotes and escapes.  */
  size_t len;
  unsigned int line;
};

struct scan
{
  struct conf_place place;    /* LINE is that of POS.  */
  const char *start;
  char *pos;
  const char *end;              /* There is a NUL.  */
  const struct conf_grammar *grammar;
  struct conf_marks *marks;
  size_t n_sections;
  unsigned int depth;
  struct token token;
};


/* True for what can stand in a file as an option.  */
static bool
is_written (const struct conf_option *option)
{
  return !(option->flags & (CONF_TITLE | CONF_DERIVED));
}


const char *
conf_nearest (const char *name, const struct conf_option *options,
              const struct conf_section *sections)
{
  struct meant_name meant;

  meant_name_start (&meant, name);
  for (; options && options->name; options++)
    if (is_written (options))
      meant_name_offer (&meant, options->name);
  for (; sections && sections->name; sections++)
    meant_name_offer (&meant, sections->name);
  return meant.nearest;
}


/* Refuse the bytes that no text file has.  */
static gpg_error_t
check_bytes (struct scan *s)
{
  const char *p;
  unsigned char c;

  for (p = s->pos; p < s->end; p++)
    {
      c = (unsigned char) *p;
      if (c == '\n')
        s->place.line++;
      else if (c == '\r')
        return conf_fail (&s->place, "a carriage return;"
                          " save the file with LF line ends");
      else if ((c < 0x20 && c != '\t') || c == 0x7f)
        return conf_fail (&s->place, "a control character (0x%02x);"
                          " remove it", c);
    }
  s->place.line = 1;
  return 0;
}


/* POS is at slash and star: make the comment blank.  */
static gpg_error_t
blank_comment (struct scan *s)
{
  struct conf_place start = s->place;
  char *close = strstr (s->pos + 2, "*/");

  if (!close)
    return conf_fail (&start, "a comment without an end;"
                      " close it with */");
  for (close += 2; s->pos < close; s->pos++)
    {
      if (*s->pos == '\n')
        s->place.line++;
      else
        *s->pos = ' ';
    }
  return 0;
}


static gpg_error_t
skip_blanks (struct scan *s)
{
  gpg_error_t err = 0;

  while (!err && s->pos < s->end)
    {
      if (*s->pos == '\n')
        s->place.line++;
      if (strchr (" \t\n", *s->pos))
        s->pos++;
      else if (*s->pos == '#')
        while (s->pos < s->end && *s->pos != '\n')
          *s->pos++ = ' ';
      else if (s->pos[0] == '/' && s->pos[1] == '*')
        err = blank_comment (s);
      else
        break;
    }
  return err;
}


/* The two escapes that there are in single quotes are resolved in place.  */
static gpg_error_t
read_string (struct scan *s)
{
  char quote = *s->pos++, *to = s->pos;

  s->token.kind = TOKEN_STRING;
  s->token.text = s->pos;
  for (; *s->pos != quote; *to++ = *s->pos++)
    {
      if (s->pos == s->end || *s->pos == '\n')
        return conf_fail (&s->place, "a quoted value without an end;"
                          " close it with %c on the same line", quote);
      if (quote == '"' && s->pos[0] == '$' && s->pos[1] == '{')
        return conf_fail (&s->place, "${...} is not expanded;"
                          " write the value itself, or use single quotes");
      if (*s->pos == '\\' && quote == '"')
        return conf_fail (&s->place, "a backslash in double quotes;"
                          " use single quotes");
      if (*s->pos == '\\' && (s->pos[1] == '\'' || s->pos[1] == '\\'))
        s->pos++;
    }
  s->token.len = (size_t) (to - s->token.text);
  s->pos++;
  return 0;
}


static bool
is_word (char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}


/* Complain about a character that begins no token.  */
static gpg_error_t
stray (struct scan *s)
{
  if (*s->pos == '+')
    return conf_fail (&s->place, "'+=' is not taken;"
                      " write the whole list in one place");
  if (*s->pos == '(')
    return conf_fail (&s->place, "functions such as include() are not"
                      " taken; put a file a user into users.d");
  if (*s->pos == '$')
    return conf_fail (&s->place, "variables are not expanded;"
                      " write the value itself, in single quotes");
  if ((unsigned char) *s->pos >= 0x80)
    return conf_fail (&s->place, "an unexpected character (0x%02x);"
                      " put the value into single quotes",
                      (unsigned char) *s->pos);
  return conf_fail (&s->place, "an unexpected '%c';"
                    " put the value into single quotes", *s->pos);
}


static gpg_error_t
next_token (struct scan *s)
{
  gpg_error_t err = skip_blanks (s);

  s->token.line = s->place.line;
  s->token.text = s->pos;
  s->token.len = 1;
  if (err)
    return err;
  if (s->pos == s->end)
    s->token.kind = TOKEN_END;
  else if (*s->pos == '\'' || *s->pos == '"')
    return read_string (s);
  else if (strchr ("{}=,", *s->pos))
    {
      s->token.kind = TOKEN_SIGN;
      s->pos++;
    }
  else if (is_word (*s->pos))
    {
      s->token.kind = TOKEN_WORD;
      while (is_word (*s->pos))
        s->pos++;
      s->token.len = (size_t) (s->pos - s->token.text);
    }
  else
    return stray (s);
  return 0;
}


static bool
is_sign (const struct scan *s, char sign)
{
  return s->token.kind == TOKEN_SIGN && *s->token.text == sign;
}


static gpg_error_t
expected (struct scan *s, const char *what)
{
  s->place.line = s->token.line;
  if (s->token.kind == TOKEN_END)
    return conf_fail (&s->place, "%s expected, but the file ends", what);
  return conf_fail (&s->place, "%s expected, but there is '%.*s'", what,
                    (int) (s->token.len > 60 ? 60 : s->token.len),
                    s->token.text);
}


static gpg_error_t
add_mark (struct scan *s, const struct conf_section *section,
          const struct conf_option *option)
{
  struct conf_marks *marks = s->marks;
  gpg_error_t err;

  err = array_grow (&marks->mark, marks->n, sizeof *marks->mark);
  if (err)
    return err;
  marks->mark[marks->n].line = s->token.line;
  marks->mark[marks->n].section = section;
  marks->mark[marks->n].option = option;
  marks->mark[marks->n].depth = s->depth;
  marks->mark[marks->n].start = (size_t) (s->token.text - s->start);
  marks->n++;
  return 0;
}


/* The token is what the last mark is of.  */
static void
mark_text (struct scan *s)
{
  struct conf_mark *mark = s->marks->mark + s->marks->n - 1;

  mark->text = s->token.text;
  mark->len = s->token.len;
}


static gpg_error_t
value_token (struct scan *s)
{
  gpg_error_t err;

  if (s->token.kind != TOKEN_WORD && s->token.kind != TOKEN_STRING)
    return expected (s, "a value");
  err = add_mark (s, NULL, NULL);
  if (!err)
    mark_text (s);
  return err;
}


/* Behind the '{' of a list.  */
static gpg_error_t
scan_list (struct scan *s, const struct conf_option *option)
{
  gpg_error_t err = next_token (s);

  s->place.option = option->name;
  if (!err && is_sign (s, '}'))
    err = conf_fail (&s->place, "an empty list; leave the option out");
  while (!err && !is_sign (s, '}'))
    {
      err = value_token (s);
      if (!err)
        err = next_token (s);
      if (err || is_sign (s, '}'))
        break;
      err = is_sign (s, ',') ? next_token (s) : expected (s, "',' or '}'");
    }
  s->place.option = NULL;
  return err;
}


/* Refuse OPTION if it stands in the same section already.  */
static gpg_error_t
check_repeat (struct scan *s, const struct conf_option *option)
{
  const struct conf_mark *mark = s->marks->mark;
  size_t i;

  for (i = s->marks->n; i > 0; i--)
    {
      if (mark[i - 1].section && mark[i - 1].depth < s->depth)
        break;
      if (mark[i - 1].option == option && mark[i - 1].depth == s->depth)
        return conf_fail (&s->place, "'%s' is repeated (it stands in line"
                          " %u); keep one of the two", option->name,
                          mark[i - 1].line);
    }
  return 0;
}


/* The last byte that belongs to the mark number I has just been read.  */
static void
close_mark (struct scan *s, size_t i)
{
  s->marks->mark[i].end = (size_t) (s->pos - s->start);
}


static gpg_error_t
scan_option (struct scan *s, const struct conf_option *option)
{
  gpg_error_t err = check_repeat (s, option);
  size_t i = s->marks->n;

  if (!err)
    err = add_mark (s, NULL, option);
  if (!err)
    err = next_token (s);
  if (!err && !is_sign (s, '='))
    err = expected (s, "'='");
  if (!err)
    err = next_token (s);
  if (err)
    return err;
  err = option->kind->list && is_sign (s, '{') ? scan_list (s, option)
    : value_token (s);
  if (!err)
    close_mark (s, i);
  return err;
}


/* Complain about the keyword NAME.  */
static gpg_error_t
unknown (struct scan *s, const char *name,
         const struct conf_option *options,
         const struct conf_section *sections)
{
  const char *near = conf_nearest (name, options, sections);
  const struct conf_grammar *other = s->grammar->other;
  const char *there = other && !s->depth
    ? conf_nearest (name, other->options, other->sections) : NULL;

  if (there && !strcmp (there, name))
    return conf_fail (&s->place, "'%s' stands in %s, not here", name,
                      other->file);
  if (near)
    return conf_fail (&s->place, "unknown keyword '%s';"
                      " did you mean '%s'?", name, near);
  return conf_fail (&s->place, "unknown keyword '%s'; see the manual of"
                    " %s", name, s->grammar->file);
}


/* The token is a keyword: copy it to NAME.  */
static gpg_error_t
keyword (struct scan *s, char name[CONF_MAX_KEYWORD + 1])
{
  if (s->token.kind != TOKEN_WORD)
    return expected (s, "a keyword");
  if (s->token.len > CONF_MAX_KEYWORD)
    return conf_fail (&s->place, "unknown keyword '%.*s...'; see the"
                      " manual of %s", CONF_MAX_KEYWORD, s->token.text,
                      s->grammar->file);
  memcpy (name, s->token.text, s->token.len);
  name[s->token.len] = 0;
  return 0;
}


static const struct conf_option *
find_option (const struct conf_option *table, const char *name)
{
  for (; table->name; table++)
    if (is_written (table) && !strcmp (table->name, name))
      return table;
  return NULL;
}


/* The token is the title of the section that was marked last.  */
static gpg_error_t
take_title (struct scan *s)
{
  if (s->token.kind == TOKEN_SIGN || s->token.kind == TOKEN_END
      || !netspec_name_valid (s->token.text, s->token.len))
    return expected (s, "a name (of a-z, 0-9, '.', '_' and '-')");
  mark_text (s);
  return 0;
}


/* Refuse the section that was marked last if one of its title, or without
   one, stands in the same place already.  */
static gpg_error_t
check_section (struct scan *s)
{
  const struct conf_mark *new = &s->marks->mark[s->marks->n - 1];
  const struct conf_mark *mark;

  for (mark = new; mark-- > s->marks->mark; )
    if (mark->section && mark->depth < new->depth)
      break;                    /* What they both stand in.  */
    else if (mark->section == new->section && mark->len == new->len
             && (!new->text || !memcmp (mark->text, new->text, new->len)))
      return new->text
        ? conf_fail (&s->place, "%s '%.*s' is repeated (it stands in line"
                     " %u); keep one of the two", new->section->name,
                     (int) new->len, new->text, mark->line)
        : conf_fail (&s->place, "'%s' is repeated (it stands in line %u);"
                     " keep one of the two", new->section->name, mark->line);
  return 0;
}


/* From the name of a section to its '{'.  */
static gpg_error_t
begin_section (struct scan *s, const struct conf_section *section)
{
  gpg_error_t err;

  if (++s->n_sections > CONF_MAX_SECTIONS)
    return conf_fail (&s->place, "more than %d sections; divide the file",
                      CONF_MAX_SECTIONS);
  err = add_mark (s, section, NULL);
  if (!err && !section->single && !(err = next_token (s)))
    err = take_title (s);
  if (!err)
    err = check_section (s);
  if (!err)
    err = next_token (s);
  if (!err && !is_sign (s, '{'))
    err = expected (s, "'{'");
  return err;
}


static gpg_error_t scan_statement (struct scan *s,
                                   const struct conf_option *options,
                                   const struct conf_section *sections);


/* Behind the name of a section: its title and its statements.  */
static gpg_error_t
scan_section (struct scan *s, const struct conf_section *section)
{
  unsigned int start = s->token.line;
  size_t i = s->marks->n;
  gpg_error_t err;

  err = begin_section (s, section);
  s->depth++;
  while (!err && !(err = next_token (s)) && !is_sign (s, '}'))
    {
      s->place.line = s->token.line;
      if (s->token.kind == TOKEN_END)
        return conf_fail (&s->place, "the section '%s' of line %u is not"
                          " closed; put a '}' after it", section->name,
                          start);
      err = scan_statement (s, section->options, section->sections);
    }
  s->depth--;
  if (!err)
    close_mark (s, i);
  return err;
}


/* The token begins an option or a section.  */
static gpg_error_t
scan_statement (struct scan *s, const struct conf_option *options,
                const struct conf_section *sections)
{
  const struct conf_section *section = sections;
  const struct conf_option *option;
  char name[CONF_MAX_KEYWORD + 1];
  gpg_error_t err = keyword (s, name);

  if (err)
    return err;
  option = find_option (options, name);
  if (option)
    return scan_option (s, option);
  for (; section && section->name; section++)
    if (!strcmp (section->name, name))
      return scan_section (s, section);
  return unknown (s, name, options, sections);
}


void
conf_marks_release (struct conf_marks *marks)
{
  free (marks->mark);
  free (marks->text);
  memset (marks, 0, sizeof *marks);
}


gpg_error_t
conf_scan (const char *file, const void *text, size_t len,
           const struct conf_grammar *grammar,
           struct conf_marks *marks, char **r_message)
{
  struct scan s;
  gpg_error_t err;
  size_t i;

  memset (&s, 0, sizeof s);
  memset (marks, 0, sizeof *marks);
  marks->text = malloc (len + 1);
  if (!marks->text)
    return gpg_error_from_syserror ();
  memcpy (marks->text, text, len);
  marks->text[len] = 0;
  s.place.file = file;
  s.place.line = 1;
  s.place.r_message = r_message;
  s.start = s.pos = marks->text;
  s.end = s.start + len;
  s.grammar = grammar;
  s.marks = marks;
  err = check_bytes (&s);
  while (!err && !(err = next_token (&s)) && s.token.kind != TOKEN_END)
    err = scan_statement (&s, grammar->options, grammar->sections);
  /* What ends a title or a value was a token until now.  */
  for (i = 0; !err && i < marks->n; i++)
    if (marks->mark[i].text)
      marks->mark[i].text[marks->mark[i].len] = 0;
  return err;
}
