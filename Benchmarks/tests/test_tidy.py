"""The house's rules for these sources."""
import ast
import os
import unittest

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def sources():
    """Every Python source of the folder, those without an ending included."""
    for folder, _, names in os.walk(HERE):
        for name in sorted(names):
            path = os.path.join(folder, name)
            if name.endswith('.pyc'):
                continue
            with open(path, errors='replace') as file:
                text = file.read()
            if name.endswith('.py') or text.startswith('#!/usr/bin/env python3'):
                yield path[len(HERE) + 1:], text


class Tidy(unittest.TestCase):
    """Sizes and sentences."""

    def test_sizes(self):
        """Files below 300 lines, functions below 60, lines of 130 columns at most, five parameters."""
        count = 0
        for path, text in sources():
            count += 1
            lines = text.split('\n')
            self.assertLess(len(lines), 300, path)
            for number, line in enumerate(lines):
                self.assertLessEqual(len(line), 130, '%s:%d' % (path, number + 1))
            for node in ast.walk(ast.parse(text, path)):
                if isinstance(node, ast.FunctionDef):
                    place = '%s:%d' % (path, node.lineno)
                    self.assertLess(node.end_lineno - node.lineno, 60, place)
                    own = [one for one in node.args.args if one.arg not in ('self', 'cls')]
                    self.assertLessEqual(len(own), 5, place)
        self.assertGreater(count, 20)

    def test_sentences(self):
        """Every file, type and function says what it is."""
        for path, text in sources():
            tree = ast.parse(text, path)
            self.assertTrue(ast.get_docstring(tree), path)
            for node in ast.walk(tree):
                if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith(('__', 'setUp', 'tearDown')):
                    self.assertTrue(ast.get_docstring(node), '%s:%d' % (path, node.lineno))

    def test_places(self):
        """No file names the place where it lies."""
        for path, text in sources():
            self.assertNotIn(HERE, text, path)
