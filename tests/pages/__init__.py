"""Every page as its readers see it: pictures, rules of access, keyboard, weight, by one walk."""
